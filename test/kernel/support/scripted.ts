import { fileURLToPath } from "node:url"
import type { TextOutput } from "../../../kernel/terminal.js"

/** The command of the scripted kernel, as in a kernelspec. */
export const scriptedArgv = [
  process.execPath,
  fileURLToPath(new URL("scripted-kernel.mjs", import.meta.url)),
  "{connection_file}",
]

/** An output that keeps what is written to it. */
export class KeptOutput implements TextOutput {
  text = ""
  readonly isTTY: boolean
  readonly columns = 80

  constructor(isTTY = false) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.text += text
  }
}
