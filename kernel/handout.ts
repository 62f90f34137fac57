// Makes of a notebook with solutions the one that students get, so that the two cannot drift apart. The marks are those that
// nbgrader looks for.
import { mkdirSync } from "node:fs"
import { basename, join, resolve } from "node:path"
import { type Cell, type Notebook, NotebookError, readNotebook, writeNotebook } from "./notebook.js"

const begin = /^([ \t]*)\/\/ BEGIN SOLUTION(?: instead of: (.+?))?[ \t]*$/
const end = /^[ \t]*\/\/ END SOLUTION[ \t]*$/
const mark = /\b(?:BEGIN|END) SOLUTION\b/

/** The options of `cellgrad handout`. */
export interface HandoutOptions {
  readonly notebooks: readonly string[]
  /** The folder that the students' notebooks are written to. */
  readonly out: string
}

/** Writes what students get of each notebook, and gives the paths that were written. */
export function handOutNotebooks({ notebooks, out }: HandoutOptions): string[] {
  const handouts = notebooks.map((path) => {
    const target = join(out, basename(path))
    if (resolve(target) === resolve(path)) {
      throw new NotebookError(`the handout would overwrite ${path}, solutions and all; give another --out`)
    }
    return { target, notebook: handout(readNotebook(path), path) }
  })
  const targets = handouts.map(({ target }) => target)
  const twice = targets.find((target, i) => targets.indexOf(target) !== i)
  if (twice !== undefined) throw new NotebookError(`two notebooks would be written to ${twice}`)
  try {
    mkdirSync(out, { recursive: true })
  } catch (error) {
    throw new NotebookError(`cannot make the folder ${out}: ${(error as NodeJS.ErrnoException).code}`)
  }
  for (const { target, notebook } of handouts) writeNotebook(target, notebook)
  return targets
}

/**
 * The notebook without its solutions and without outputs. Between `// BEGIN SOLUTION` and `// END SOLUTION` stands a solution; what
 * students get in its place follows on the first line, `// BEGIN SOLUTION instead of: return todo("the neuron")`. Cells tagged
 * `solution` are left out.
 */
export function handout(notebook: Notebook, path: string): Notebook {
  const kept = notebook.cells.filter((cell) => !isSolution(cell))
  let solutions = notebook.cells.length - kept.length
  const cells = kept.map((cell): Cell => {
    if (cell.cell_type !== "code") return cell
    const number = notebook.cells.indexOf(cell) + 1
    const source = withoutSolutions(cell.source, (fault) => new NotebookError(`${path}, cell ${number}: ${fault}`))
    if (source !== cell.source) solutions++
    return { ...cell, source, outputs: [], execution_count: null }
  })
  if (solutions === 0)
    throw new NotebookError(`${path} holds no solution: mark it by // BEGIN SOLUTION and // END SOLUTION`)
  return { ...notebook, cells }
}

function isSolution({ metadata }: Cell): boolean {
  return Array.isArray(metadata.tags) && metadata.tags.includes("solution")
}

function withoutSolutions(source: string, fault: (text: string) => NotebookError): string {
  const lines: string[] = []
  let openedAt: number | undefined
  for (const [i, line] of source.split("\n").entries()) {
    const opening = line.match(begin)
    if (opening !== null) {
      if (openedAt !== undefined) throw fault(`line ${i + 1} begins a solution inside that of line ${openedAt}`)
      openedAt = i + 1
      const [, indent = "", instead] = opening
      if (instead !== undefined) lines.push(indent + instead)
    } else if (end.test(line)) {
      if (openedAt === undefined) throw fault(`line ${i + 1} ends a solution that nothing began`)
      openedAt = undefined
    } else if (mark.test(line)) {
      throw fault(`line ${i + 1} is no mark we know: write // BEGIN SOLUTION [instead of: CODE] or // END SOLUTION`)
    } else if (openedAt === undefined) {
      lines.push(line)
    }
  }
  if (openedAt !== undefined) throw fault(`the solution of line ${openedAt} has no // END SOLUTION`)
  return lines.join("\n")
}
