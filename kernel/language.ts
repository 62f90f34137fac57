/** What a language server says about one stretch of a cell. Lines and columns count from 0, columns in UTF-16 units. */
export interface Diagnostic {
  readonly severity: "error" | "warning"
  readonly code: number
  readonly message: string
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
  /** What would set it right, as the language server suggests: a line of code or a sentence, perhaps with code below. */
  readonly fix?: string
  /** What the server says of other places that have to do with it. */
  readonly related?: readonly { readonly message: string; readonly line: number }[]
}

export interface Completion {
  readonly text: string
  /** Jupyter's type word: function, class, variable, module, keyword, property, … */
  readonly type: string
  readonly signature?: string
}

export interface Completions {
  readonly items: readonly Completion[]
  /** The stretch that a completion replaces, in UTF-16 offsets of the code. */
  readonly start: number
  readonly end: number
}

export interface Hover {
  readonly markdown: string
  readonly text: string
}

/** What the session and the doors (kernel, REPL) ask of TypeScript's language server. */
export interface Language {
  /** The errors of a cell that is about to run after the cells committed so far. */
  check(code: string, cell: number): Promise<readonly Diagnostic[]>
  /** The same errors with the fix of each, where there is one. It takes longer than the check. */
  explain(code: string, diagnostics: readonly Diagnostic[]): Promise<readonly Diagnostic[]>
  /** Makes what cell `cell` declares known to later cells. Called once the cell is run, also when it failed half-way. */
  commit(code: string, cell: number): Promise<void>
  complete(code: string, offset: number): Promise<Completions>
  hover(code: string, offset: number): Promise<Hover | undefined>
  close(): Promise<void>
}
