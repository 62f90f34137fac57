import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Conversation, contents } from "./support/conversation.js"

// Cells take methods away from the language's classes, or make them throw. The session needs them and lives on; what a cell
// put in their place on purpose stays for the cells.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-prototypes-"))
let kernel: Conversation

beforeAll(async () => {
  kernel = await Conversation.start(folder, { CELLGRAD_CHECK: "off" })
  await kernel.execute("let alive = 41; const keep = [].push")
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The text of the cell's result, or its error. */
async function run(code: string): Promise<string> {
  const { iopub } = await kernel.execute(code)
  const [error] = contents(iopub, "error")
  if (error) return `${error.ename}: ${error.evalue}`
  const [result] = contents(iopub, "execute_result")
  return String((result?.data as Record<string, unknown> | undefined)?.["text/plain"])
}

const classes =
  "[Array, Map, Set, WeakMap, String, RegExp, Promise, Function, Uint8Array, Object.getPrototypeOf(Uint8Array)]"
const each = (act: string) =>
  `const cs = ${classes}; const ks = cs.map((C) => Reflect.ownKeys(C.prototype).filter((k) => k !== 'constructor' && Reflect.getOwnPropertyDescriptor(C.prototype, k).configurable));
   for (let i = 0; i < cs.length; i++) for (let j = 0; j < ks[i].length; j++) { const p = cs[i].prototype, k = ks[i][j]; ${act} }`

/** What a cell does, and what its result and that of the next cell are. */
const cells: [name: string, code: string, result: string | RegExp, next: [code: string, result: string | RegExp]][] = [
  [
    "Array.prototype.push = undefined",
    "Array.prototype.push = undefined; 11",
    "11",
    ["const l = []; l.push(1); l", "[ 1 ]"],
  ],
  ["deletes every method", `${each("delete p[k]")} 12`, "12", ["[1].map((x) => new Map([[x, 2]]).get(x))", "[ 2 ]"]],
  [
    "sets every method to undefined",
    `${each("try { p[k] = undefined } catch {}")} 13`,
    "13",
    ["[..." + "'ab'].join()", "'a,b'"],
  ],
  [
    "makes methods throw",
    `for (let k = ['push', 'map', 'join', 'slice', 'flatMap', Symbol.iterator], i = 0; i < 6; i++) Array.prototype[k[i]] = () => { throw new TypeError('mine') }
     Map.prototype.get = Set.prototype.add = Promise.prototype.then = Function.prototype.call = RegExp.prototype.exec = () => { throw 1 }; 14`,
    "14",
    ["[].push(1)", "TypeError: mine"],
  ],
  [
    "deletes its own methods again",
    "for (let k = ['push', 'map', 'join', 'slice', 'flatMap', Symbol.iterator], i = 0; i < 6; i++) delete Array.prototype[k[i]]; delete Map.prototype.get; delete Set.prototype.add; delete Promise.prototype.then; delete Function.prototype.call; delete RegExp.prototype.exec; 15",
    "15",
    ["[3].push(1)", "2"],
  ],
  [
    "does so and then awaits",
    "Array.prototype.slice = Object.keys = undefined; await 0; await new Promise((r) => setTimeout(r, 2)); 16",
    "16",
    ["[1, 2].slice(1)", "[ 2 ]"],
  ],
  [
    "does so after an await",
    "await 0; Array.prototype.push = Array.prototype.join = Map.prototype.get = Set.prototype.delete = undefined; 17",
    "17",
    ["[1].join()", "'1'"],
  ],
  [
    "and throws",
    "await 0; Array.prototype.map = Array.prototype.flatMap = String.prototype.split = undefined; throw new RangeError('x')",
    "RangeError: x",
    ["'a b'.split(' ')", "[ 'a', 'b' ]"],
  ],
  [
    "takes iteration away",
    "Object.getPrototypeOf([][Symbol.iterator]()).next = undefined; Object.getPrototypeOf(new Map().entries()).next = null; 18",
    "18",
    ["[...[1], ...new Map([[2, 3]])]", "[ 1, [ 2, 3 ] ]"],
  ],
  [
    "adds to Object.prototype",
    "Object.prototype.then = function (r) { r(1) }; Object.prototype.toJSON = () => 5; Object.prototype.get = () => 1; Object.prototype.data = 3; 19",
    "19",
    ["({}).get()", "1"],
  ],
  [
    "adds to it and awaits",
    "await 0; Object.prototype.status = 'x'; Array.prototype.then = 1; 20",
    "20",
    [
      "for (const k of ['then', 'toJSON', 'get', 'data', 'status']) delete Object.prototype[k]; delete Array.prototype.then; ({}).get",
      "undefined",
    ],
  ],
  [
    "seeds Math.random",
    "Math.random = () => 0.25; Date.now = () => 5; 21",
    "21",
    ["[Math.random(), Date.now()]", "[ 0.25, 5 ]"],
  ],
  [
    "breaks a timer's world",
    "setTimeout(() => { Array.prototype.push = JSON.stringify = undefined }, 5); 22",
    "22",
    ["await new Promise((r) => setTimeout(r, 20)); [].push(1)", "1"],
  ],
  [
    "freezes prototypes",
    "Object.freeze(Array.prototype); Object.freeze(Object.prototype); Object.freeze(Promise.prototype); 23",
    "23",
    ["[1].concat(2)", "[ 1, 2 ]"],
  ],
]

test.for(cells)("a cell that %s", async ([, code, result, [nextCode, nextResult]]) => {
  expect(await run(code)).toMatch(result)
  expect(await run(nextCode)).toMatch(nextResult)
  expect(await run("alive + 1")).toBe("42")
})
