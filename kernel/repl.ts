/** Opens the interactive session of `cellgrad repl`; the result is the exit code. */
export function runRepl(_options: {
  cwd: string
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
}): Promise<number> {
  throw new Error("the REPL has not landed yet")
}

/** Runs one piece of code and prints its value; the result is the exit code. */
export function runEval(_code: string): Promise<number> {
  throw new Error("the REPL has not landed yet")
}
