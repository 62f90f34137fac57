// node scripts/stress.mjs [CELLS] [AT ONCE]: runs many cells in one kernel and counts what went missing on the way. Each must
// be answered once, and be busy and idle once, in this order, with what it printed in between.
import { randomUUID } from "node:crypto"
import { endpointOf } from "../dist/kernel/connection.js"
import { launchKernel } from "../dist/kernel/launch.js"
import { createMessage } from "../dist/kernel/messages.js"
import { kernelArgv } from "../dist/kernel/package.js"
import { parseMessage, serializeMessage } from "../dist/kernel/wire.js"
import { DealerSocket, SubSocket } from "../dist/kernel/zmtp-client.js"

const cells = Number(process.argv[2] ?? 1_000_000)
const atOnce = Number(process.argv[3] ?? 100)
/** Kinds of cells: their code, and what is broadcast beside the two states. */
const kinds = [
  { code: (i) => `${i}`, shown: ["execute_input", "execute_result"] },
  { code: (i) => `console.log(${i})`, shown: ["execute_input", "stream"] },
  { code: (i) => `let v${i % 50} = ${i}`, shown: ["execute_input"] },
  { code: () => "await 0", shown: ["execute_input", "execute_result"] },
  { code: () => "throw 1", shown: ["execute_input", "error"] },
  { code: () => "await new Promise((r) => setImmediate(r)); 1", shown: ["execute_input", "execute_result"] },
]

const env = { ...process.env, CELLGRAD_CHECK: "off", CELLGRAD_HISTORY: "off" }
const kernel = await launchKernel({ argv: kernelArgv(), env })
const { connection } = kernel
const session = randomUUID()
const open = new Map()
const faults = { noReply: 0, noIdle: 0, noBusy: 0, order: 0, shown: 0, twice: 0 }
const count = { sent: 0, replies: 0, idle: 0 }
let subscribed = () => {}
let finished = () => {}

const shell = new DealerSocket((frames) => {
  const { parentHeader } = parseMessage(frames, connection.key)
  const cell = open.get(parentHeader.msg_id)
  if (!cell) return
  if (cell.replied) faults.twice++
  cell.replied = true
  count.replies++
  settle(parentHeader.msg_id, cell)
}, session)
const iopub = new SubSocket((frames) => {
  const { header, parentHeader, content } = parseMessage(frames, connection.key)
  if (header.msg_type === "iopub_welcome") subscribed()
  const cell = open.get(parentHeader.msg_id)
  if (!cell) return
  if (header.msg_type !== "status") {
    if (!cell.busy || cell.idle) faults.order++
    cell.shown.push(header.msg_type)
  } else if (content.execution_state === "busy") cell.busy = true
  else {
    if (!cell.busy) faults.noBusy++
    cell.idle = true
    count.idle++
    settle(parentHeader.msg_id, cell)
  }
})

function settle(id, cell) {
  if (!cell.replied || !cell.idle) return
  if (cell.shown.join() !== cell.kind.shown.join()) faults.shown++
  open.delete(id)
  next()
}

function next() {
  while (open.size < atOnce && count.sent < cells) {
    const kind = kinds[count.sent % kinds.length]
    const content = { code: kind.code(count.sent), silent: false, store_history: true, stop_on_error: false }
    const message = createMessage("execute_request", session, content)
    open.set(message.header.msg_id, { kind, shown: [], busy: false, idle: false, replied: false })
    count.sent++
    shell.send(serializeMessage(message, connection.key))
  }
  if (open.size === 0) finished()
}

await shell.connect(endpointOf(connection, "shell"))
await iopub.connect(endpointOf(connection, "iopub"))
const welcome = new Promise((resolve) => {
  subscribed = resolve
})
iopub.subscribe("")
await welcome
const begin = performance.now()
const progress = setInterval(() => {
  if (process.stderr.isTTY) process.stderr.write(`\r${count.idle.toLocaleString("en")} cells`)
}, 1000)
let seen = -1
const done = new Promise((resolve) => {
  finished = resolve
  // Nothing at all for so long: what is open now is lost.
  const watch = setInterval(() => {
    if (count.idle + count.replies === seen) resolve(clearInterval(watch))
    seen = count.idle + count.replies
  }, 10_000)
  watch.unref()
})
next()
await done
clearInterval(progress)
for (const cell of open.values()) {
  if (!cell.replied) faults.noReply++
  if (!cell.idle) faults.noIdle++
}
const seconds = (performance.now() - begin) / 1000
kernel.kill()
await kernel.exited
const report = {
  cells,
  seconds: Math.round(seconds * 10) / 10,
  cellsPerSecond: Math.round(count.idle / seconds),
  faults,
}
console.log(JSON.stringify(report))
const bad = Object.values(faults).reduce((sum, number) => sum + number, 0)
process.exit(bad === 0 && count.idle === cells ? 0 : 1)
