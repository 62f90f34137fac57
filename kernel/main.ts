// The command line. Sub-commands are imported when they are called, but for `kernel`, whose start somebody waits for.
import { statSync } from "node:fs"
import { parseArgs } from "node:util"
import { startKernel } from "./boot.js"
import { type CheckMode, checkModes, isMode } from "./check-mode.js"
import { readConnection } from "./connection.js"

/** A mistake on the command line: one line on stderr, exit code 2. */
class UsageError extends Error {}

type Options = Record<string, { type: "string" | "boolean"; short?: string; multiple?: boolean }>
type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

interface Command {
  readonly usage: string
  readonly summary: string
  readonly details: string
  readonly options: Options
  /** The result is the exit code; undefined leaves the process running. */
  run(values: Values, words: string[]): Promise<number | undefined>
}

const installOptions: Options = {
  user: { type: "boolean" },
  "sys-prefix": { type: "boolean" },
  prefix: { type: "string" },
  name: { type: "string" },
  "display-name": { type: "string" },
}

const whereDetails = `  --user              for this user (the default)
  --sys-prefix        for the Python environment that is active
  --prefix DIR        below DIR/share/jupyter/kernels
  --name NAME         the kernel's name (cellgrad)`

const checkDetails = `  --check MODE        what a type error does to a cell: error (stops it), warn (is shown), off; CELLGRAD_CHECK if not
                      given, and // @check MODE at the top of a cell goes before both`

const commands: Record<string, Command> = {
  run: {
    usage: "run NOTEBOOK… [-p NAME VALUE]… [--out DIR] [--html] [--timeout SECONDS] [--allow-errors] [--in-place]",
    summary: "execute notebooks and show how they get on",
    details: `  -p NAME VALUE       a value for a variable of the cell tagged "parameters": JSON, or else text
  --out DIR           where executed notebooks go (out); of one notebook also the file, NAME.ipynb
  --html              also write a page that shows the executed notebook, charts included
  --timeout SECONDS   the most that one cell may take
  --allow-errors      go on after a cell that fails; the exit code is 0 then
  --in-place          write the executed notebook over the one that was read`,
    options: {
      parameter: { type: "string", short: "p", multiple: true },
      out: { type: "string" },
      html: { type: "boolean" },
      timeout: { type: "string" },
      "allow-errors": { type: "boolean" },
      "in-place": { type: "boolean" },
    },
    async run(values, notebooks) {
      if (notebooks.length === 0) throw new UsageError("run needs a notebook")
      const inPlace = values["in-place"] === true
      if (inPlace && values.out !== undefined) throw new UsageError("--in-place and --out exclude each other")
      const timeoutSeconds = values.timeout === undefined ? undefined : Number(values.timeout)
      if (timeoutSeconds !== undefined && !(timeoutSeconds > 0 && timeoutSeconds < 2_000_000)) {
        throw new UsageError(`--timeout needs a number of seconds, not "${values.timeout}"`)
      }
      const [{ runNotebooks }, { readParameter }] = await Promise.all([import("./run.js"), import("./parameters.js")])
      const parameters = [values.parameter ?? []].flat().map((text) => {
        const parameter = readParameter(String(text))
        if (!parameter) throw new UsageError(`-p needs a name and a value, not "${text}"`)
        return parameter
      })
      return runNotebooks({
        notebooks,
        parameters: new Map(parameters),
        inPlace,
        html: values.html === true,
        allowErrors: values["allow-errors"] === true,
        ...(typeof values.out === "string" ? { out: values.out } : {}),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      })
    },
  },
  repl: {
    usage: "repl",
    summary: "open an interactive session in the terminal",
    details: "",
    options: {},
    async run(_values, words) {
      refuseWords("repl", words)
      const { runRepl } = await import("./repl.js")
      // Who leaves does not wait for the timers that cells left running.
      return process.exit(await runRepl({ cwd: process.cwd(), input: process.stdin, output: process.stdout }))
    },
  },
  eval: {
    usage: "eval CODE",
    summary: "run one piece of code and print its value",
    details: "",
    options: {},
    async run(_values, words) {
      if (words.length !== 1) throw new UsageError("eval needs its code as one argument")
      const { runEval } = await import("./repl.js")
      return runEval(words[0] ?? "")
    },
  },
  handout: {
    usage: "handout NOTEBOOK… --out DIR",
    summary: "make of notebooks with solutions those that students get",
    details: `  --out DIR           where the students' notebooks go

  What stands between // BEGIN SOLUTION and // END SOLUTION is left out; after "BEGIN SOLUTION instead of:" follows the code that
  students find in its place. Cells tagged "solution" and all outputs are left out too.`,
    options: { out: { type: "string" } },
    async run({ out }, notebooks) {
      if (notebooks.length === 0) throw new UsageError("handout needs a notebook")
      if (typeof out !== "string") throw new UsageError("handout needs --out, the folder of the students' notebooks")
      const { handOutNotebooks } = await import("./handout.js")
      for (const path of handOutNotebooks({ notebooks, out })) console.log(`wrote ${path}`)
      return 0
    },
  },
  install: {
    usage: "install [--user | --sys-prefix | --prefix DIR] [--name NAME] [--display-name TEXT] [--check MODE]",
    summary: "make the kernel known to Jupyter",
    details: `${whereDetails}
  --display-name TEXT the name that people see (TypeScript (Cellgrad))
${checkDetails}`,
    options: { ...installOptions, check: { type: "string" } },
    async run(values, words) {
      refuseWords("install", words)
      const { installKernel, defaultDisplayName } = await import("./install.js")
      const folder = installKernel({ ...whereOf(values), check: checkOf(values) })
      console.log(`installed "${values["display-name"] ?? defaultDisplayName}" in ${folder}`)
      return 0
    },
  },
  uninstall: {
    usage: "uninstall [--user | --sys-prefix | --prefix DIR] [--name NAME]",
    summary: "take the kernel away from Jupyter again",
    details: whereDetails,
    options: installOptions,
    async run(values, words) {
      refuseWords("uninstall", words)
      const { uninstallKernel } = await import("./install.js")
      console.log(`removed ${uninstallKernel(whereOf(values))}`)
      return 0
    },
  },
  kernel: {
    usage: "kernel [--check MODE] CONNECTION-FILE",
    summary: "what Jupyter calls to start the kernel",
    details: checkDetails,
    options: { check: { type: "string" } },
    async run(values, words) {
      const [path] = words
      if (path === undefined || words.length > 1) throw new UsageError("kernel needs one connection file")
      return startKernel(readConnection(path), { check: checkOf(values) })
    },
  },
}

function refuseWords(command: string, words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`${command} takes no argument "${words[0]}"`)
}

function checkOf({ check }: Values): CheckMode | undefined {
  if (typeof check !== "string") return undefined
  if (!isMode(check)) throw new UsageError(`--check is one of ${checkModes.join(", ")}, not "${check}"`)
  return check
}

function whereOf(values: Values) {
  const { prefix, name } = values
  const places = [values.user, values["sys-prefix"], prefix].filter((value) => value !== undefined)
  if (places.length > 1) throw new UsageError("--user, --sys-prefix and --prefix exclude each other")
  if (typeof prefix === "string" && statSync(prefix, { throwIfNoEntry: false })?.isFile()) {
    throw new UsageError(`--prefix ${prefix} is a file, not a folder`)
  }
  return {
    sysPrefix: values["sys-prefix"] === true,
    ...(typeof prefix === "string" ? { prefix } : {}),
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof values["display-name"] === "string" ? { displayName: values["display-name"] } : {}),
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  const list = Object.entries(commands).map(([name, { summary }]) => `  cellgrad ${name.padEnd(width)}  ${summary}`)
  return `Cellgrad: a Jupyter kernel and terminal REPL for TypeScript, with tensors, autograd and neural networks loaded.

${list.join("\n")}

  cellgrad COMMAND --help  says more about a command
  cellgrad --version       prints the version`
}

function helpOf({ usage, summary, details }: Command): string {
  return `cellgrad ${usage}\n  ${summary}${details === "" ? "" : `\n\n${details}`}`
}

async function main(words: string[]): Promise<number | undefined> {
  const [name, ...rest] = words
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    const asked = name === "help" && rest[0] !== undefined ? commands[rest[0]] : undefined
    console.log(asked === undefined ? overview() : helpOf(asked))
    return 0
  }
  if (name === "--version" || name === "-v") {
    const { packageVersion } = await import("./package.js")
    console.log(packageVersion())
    return 0
  }
  if (name.startsWith("-")) throw new UsageError(`unknown option ${name}`)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new UsageError(`unknown command "${name}"`)
  const args = command === commands.run ? (await import("./parameters.js")).joinParameters(rest) : rest
  const { values, positionals } = parse(name, command, args)
  if (values.help === true) {
    console.log(helpOf(command))
    return 0
  }
  return command.run(values, positionals)
}

function parse(name: string, command: Command, args: string[]): { values: Values; positionals: string[] } {
  try {
    const help = { type: "boolean", short: "h" } as const
    return parseArgs({ args, options: { ...command.options, help }, allowPositionals: true })
  } catch (error) {
    // Node's messages go on to explain how to pass arguments that begin with "-"; the first sentence is what matters.
    const [first = ""] = (error as Error).message.split(/\. |\n/, 1)
    throw new UsageError(`${name}: ${first.charAt(0).toLowerCase()}${first.slice(1)}`)
  }
}

const inputErrors = new Set(["ConnectionError", "NotebookError", "InstallError"])

try {
  const code = await main(process.argv.slice(2))
  if (code !== undefined) process.exitCode = code
} catch (error) {
  if (error instanceof UsageError) {
    const command = process.argv[2] ?? ""
    const help = Object.hasOwn(commands, command) ? `cellgrad ${command} --help` : "cellgrad --help"
    console.error(`cellgrad: ${error.message}; try ${help}`)
  } else if (error instanceof Error && inputErrors.has(error.name)) {
    console.error(`cellgrad: ${error.message}`)
  } else {
    throw error
  }
  process.exitCode = 2
}
