// A kernel for the tests of the client and of `cellgrad run`: a cell is a list of orders, one on a line.
//   print TEXT · warn TEXT · show ID TEXT · update ID TEXT · result TEXT · chart ID · clear · wait MS · ask PROMPT
//   fail NAME MESSAGE · hang · die CODE · lose-idle
import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { endpointOf, readConnection } from "../../../dist/kernel/connection.js"
import { createMessage, kernelInfo } from "../../../dist/kernel/messages.js"
import { parseMessage, serializeMessage } from "../../../dist/kernel/wire.js"
import { HeartbeatSocket, PubSocket, RouterSocket } from "../../../dist/kernel/zmtp.js"

const connection = readConnection(process.argv[2])
const session = randomUUID()
let count = 0
let interrupt = () => {}
let answer = () => {}
let queue = Promise.resolve()

const encode = (type, content, parent, identities) =>
  serializeMessage(createMessage(type, session, content, { parentHeader: parent.header, identities }), connection.key)
const publish = (type, content, parent) => iopub.send(encode(type, content, parent, [type]))
const reply = (socket, parent, type, content) => socket.send(encode(type, content, parent, parent.identities))

const orders = {
  print: (run, ...words) => publish("stream", { name: "stdout", text: `${words.join(" ")}\n` }, run.request),
  warn: (run, ...words) => publish("stream", { name: "stderr", text: `${words.join(" ")}\n` }, run.request),
  show: (run, id, ...words) => display("display_data", run, id, { "text/plain": words.join(" ") }),
  update: (run, id, ...words) => display("update_display_data", run, id, { "text/plain": words.join(" ") }),
  chart: (run, id) =>
    display("display_data", run, id, { "application/vnd.vegalite.v5+json": chart, "text/plain": "chart" }),
  result: (run, ...words) => {
    const data = { "text/plain": words.join(" ") }
    publish("execute_result", { data, metadata: {}, execution_count: run.count }, run.request)
  },
  clear: (run) => publish("clear_output", { wait: true }, run.request),
  wait: (_run, ms) => sleep(Number(ms)),
  async ask(run, ...words) {
    const answered = new Promise((resolve) => {
      answer = resolve
    })
    reply(stdin, run.request, "input_request", { prompt: words.join(" "), password: false })
    orders.print(run, `you said ${await answered}`)
  },
  fail: (_run, name, ...words) => {
    throw Object.assign(new Error(words.join(" ")), { name })
  },
  hang: () =>
    new Promise((_, reject) => {
      interrupt = () => reject(Object.assign(new Error("interrupted"), { name: "InterruptError" }))
    }),
  die: (_run, code) => {
    console.error("something terrible happened")
    process.exit(Number(code))
  },
  "lose-idle": (run) => {
    run.idle = false
  },
}

const chart = {
  $schema: "https://vega.github.io/schema/vega-lite/v5.json",
  title: "</script><script>document.title = 'broken out'</script>",
  data: { values: [1, 2, 3].map((x) => ({ x, y: x * x })) },
  mark: "line",
  encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
}

function display(type, run, id, data) {
  publish(type, { data, metadata: {}, transient: id === "-" ? {} : { display_id: id } }, run.request)
}

async function execute(request) {
  const run = { request, count: ++count, idle: true }
  publish("status", { execution_state: "busy" }, request)
  publish("execute_input", { code: request.content.code, execution_count: run.count }, request)
  let content = { status: "ok", execution_count: run.count, payload: [], user_expressions: {} }
  try {
    const lines = request.content.code.split("\n")
    for (const [i, line] of lines.entries()) {
      run.line = i + 1
      const [order, ...words] = line.trim().split(" ")
      await orders[order]?.(run, ...words)
    }
  } catch (error) {
    const traceback = [`${error.name}: ${error.message}`, `    at Cell ${run.count}, line ${run.line}, column 1`]
    const failure = { ename: error.name, evalue: error.message, traceback }
    publish("error", failure, request)
    content = { status: "error", execution_count: run.count, ...failure }
  }
  reply(shell, request, "execute_reply", content)
  if (run.idle) publish("status", { execution_state: "idle" }, request)
}

function serve(socket) {
  return (frames) => {
    const request = parseMessage(frames, connection.key)
    const type = request.header.msg_type
    if (type === "execute_request") {
      queue = queue.then(() => execute(request))
      return
    }
    publish("status", { execution_state: "busy" }, request)
    if (type === "kernel_info_request") {
      reply(socket(), request, "kernel_info_reply", kernelInfo({ cellgrad: "0", typescript: "7" }))
    } else {
      reply(socket(), request, type.replace("_request", "_reply"), { status: "ok" })
      if (type === "interrupt_request") interrupt()
      if (type === "shutdown_request") setTimeout(() => process.exit(0), 20)
    }
    publish("status", { execution_state: "idle" }, request)
  }
}

const shell = new RouterSocket(serve(() => shell))
const control = new RouterSocket(serve(() => control))
const stdin = new RouterSocket((frames) => answer(parseMessage(frames, connection.key).content.value))
const iopub = new PubSocket()
const sockets = { shell, control, stdin, iopub, hb: new HeartbeatSocket() }
for (const [channel, socket] of Object.entries(sockets)) await socket.bind(endpointOf(connection, channel))
