// What a kernelspec calls, with [--check MODE] CONNECTION-FILE: starts the kernel, and loads nothing else before. Whatever
// is wrong with the words is said by the command line, as of `cellgrad kernel`.
import module from "node:module"
import { startKernel } from "./boot.js"
import { isMode } from "./check-mode.js"
import { readConnection } from "./connection.js"

// Keeps compiled code from one start to the next, where Node can (from 22.1 on).
const { enableCompileCache } = module as { enableCompileCache?: () => void }
enableCompileCache?.()

const words = process.argv.slice(2)
const [file = "", check] = words[0] === "--check" ? [words[2], words[1]] : [words[0]]
const plain = words.length === (check === undefined ? 1 : 3) && file !== "" && !file.startsWith("-")

try {
  if (!plain || (check !== undefined && !isMode(check))) throw new Error("not the words of a kernelspec")
  void startKernel(readConnection(file), { check })
} catch {
  process.argv.splice(2, 0, "kernel")
  void import("./main.js")
}
