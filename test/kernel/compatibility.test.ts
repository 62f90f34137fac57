import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { JsonObject } from "../../kernel/messages.js"
import { Conversation, contents, type Exchange } from "./support/conversation.js"

// Cells as they stand in notebooks that were written for tslab, for Deno's kernel and for ijavascript, checked as any cell.

const folder = mkdtempSync(join(tmpdir(), "cellgrad-compatibility-"))
let kernel: Conversation

beforeAll(async () => {
  // A check is waited for as long as it takes on a loaded machine.
  kernel = await Conversation.start(folder, { CELLGRAD_CHECK_PATIENCE: "10000" })
})

afterAll(async () => {
  await kernel?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function run(code: string): Promise<Exchange> {
  const exchange = await kernel.execute(code)
  expect(exchange.reply?.content).toMatchObject({ status: "ok" })
  return exchange
}

const data = (exchange: Exchange, type = "display_data") => contents(exchange.iopub, type).map(({ data }) => data)
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
const bytes = `Buffer.from("${png}", "base64")`

describe("tslab", () => {
  test.each<[call: string, shown: JsonObject]>([
    ["html('<b>x</b>')", { "text/html": "<b>x</b>" }],
    ["markdown('# x')", { "text/markdown": "# x" }],
    ["latex('$x$')", { "text/latex": "$x$" }],
    ["svg('<svg/>')", { "image/svg+xml": "<svg/>" }],
    ["javascript('1')", { "text/javascript": "1" }],
    ["text('plain')", { "text/plain": "plain" }],
    [`png(${bytes})`, { "image/png": png }],
    [`jpeg(${bytes})`, { "image/jpeg": png }],
    [`gif(${bytes})`, { "image/gif": png }],
    [`pdf(${bytes})`, { "application/pdf": png }],
    ["raw('application/json', '{}')", { "application/json": "{}" }],
    [`raw('image/png', ${bytes})`, { "image/png": png }],
  ])("tslab.display.%s", async (call, shown) => {
    expect(data(await run(`import * as tslab from "tslab";\ntslab.display.${call}`))).toMatchObject([shown])
  })

  test("newDisplay overwrites its one output", async () => {
    const exchange = await run(
      'import { newDisplay } from "tslab"\nconst d = newDisplay(); for (let i = 0; i < 3; i++) d.html("<b>" + i + "</b>")',
    )
    const ids = ["display_data", "update_display_data"]
      .flatMap((type) => contents(exchange.iopub, type))
      .map(({ transient }) => (transient as JsonObject).display_id)
    expect(data(exchange)).toMatchObject([{ "text/html": "<b>0</b>" }])
    expect(data(exchange, "update_display_data")).toMatchObject([
      { "text/html": "<b>1</b>" },
      { "text/html": "<b>2</b>" },
    ])
    expect(new Set(ids).size).toBe(1)
  })

  test("versions, require, and types that the checker knows", async () => {
    const exchange = await run(
      'import { versions } from "tslab"\n[versions.tslab, versions.node === process.version, require("tslab").versions === versions]',
    )
    expect(data(exchange, "execute_result")).toMatchObject([{ "text/plain": "[ '1.0.22', true, true ]" }])
    const wrong = await kernel.execute('import * as tslab from "tslab";\ntslab.display.html(5)')
    expect(wrong.reply?.content).toMatchObject({ ename: "TypeError TS2345" })
  })

  test("a cell as in tslab's own examples", async () => {
    writeFileSync(join(folder, "logo.png"), Buffer.from(png, "base64"))
    const exchange = await run(`import * as fs from "fs";
import * as tslab from "tslab";

let naiveFib = (n: number): number => {
    if (n > 1) return naiveFib(n - 1) + naiveFib(n - 2);
    return 1;
};
for (const n of [5, 10]) console.log(naiveFib(n));
tslab.display.png(fs.readFileSync("logo.png"));
naiveFib(20);`)
    expect(kernel.text(exchange.id)).toBe("8\n89\n")
    expect(data(exchange)).toMatchObject([{ "image/png": png }])
    expect(data(exchange, "execute_result")).toMatchObject([{ "text/plain": "10946" }])
  })
})

describe("Deno.jupyter", () => {
  test("html, md and svg are values, image is one too", async () => {
    const cell = (value: string) => run(`import { Deno } from "cellgrad/deno"\nconst n = 3\n${value}`)
    expect(data(await cell("Deno.jupyter.html`<b>$" + "{n}</b>`"), "execute_result")).toMatchObject([
      { "text/html": "<b>3</b>" },
    ])
    expect(data(await cell("Deno.jupyter.md`**$" + "{n}**`"), "execute_result")).toMatchObject([
      { "text/markdown": "**3**" },
    ])
    expect(data(await cell("Deno.jupyter.svg`<svg/>`"), "execute_result")).toMatchObject([
      { "image/svg+xml": "<svg/>" },
    ])
    expect(data(await cell(`Deno.jupyter.image(${bytes})`), "execute_result")).toMatchObject([{ "image/png": png }])
  })

  test("display: values, bundles, updates", async () => {
    const exchange = await run(`const { display, html } = Deno.jupyter
      await display(html\`<i>a</i>\`)
      await display({ "text/plain": "raw" }, { raw: true, display_id: "deno-1" })
      await display({ "text/plain": "new" }, { raw: true, display_id: "deno-1", update: true })`)
    expect(data(exchange)).toMatchObject([{ "text/html": "<i>a</i>" }, { "text/plain": "raw" }])
    expect(data(exchange, "update_display_data")).toMatchObject([{ "text/plain": "new" }])
  })

  test("$display makes any object show itself, format says how, broadcast sends any message", async () => {
    const exchange = await run(`const thing = { [Deno.jupyter.$display]: () => ({ "text/html": "<u>thing</u>" }) }
      await Deno.jupyter.broadcast("display_data", { data: { "text/plain": "cast" }, metadata: {}, transient: {} }, { metadata: { m: 1 }, buffers: [new Uint8Array([7])] })
      console.log(JSON.stringify((await Deno.jupyter.format(thing))["text/html"]))
      thing`)
    expect(data(exchange)).toMatchObject([{ "text/plain": "cast" }])
    const cast = exchange.iopub.find(({ header }) => header.msg_type === "display_data")
    expect([cast?.metadata, cast?.buffers]).toEqual([{ m: 1 }, [Buffer.from([7])]])
    expect(kernel.text(exchange.id)).toBe('"<u>thing</u>"\n')
    expect(data(exchange, "execute_result")).toMatchObject([{ "text/html": "<u>thing</u>" }])
  })
})

describe("ijavascript's $$", () => {
  test.each<[call: string, shown: JsonObject]>([
    ["html('<b>x</b>')", { "text/html": "<b>x</b>" }],
    ["svg('<svg/>')", { "image/svg+xml": "<svg/>" }],
    [`png('${png}')`, { "image/png": png }],
    ["mime({ 'text/html': '<i/>', 'text/plain': 'i' })", { "text/html": "<i/>", "text/plain": "i" }],
    ["text('x')", { "text/plain": "x" }],
    ["sendResult([1, 2])", { "text/plain": "[ 1, 2 ]" }],
  ])("$$.%s", async (call, shown) => {
    const exchange = await run(`$$.${call}`)
    expect(data(exchange)).toMatchObject([shown])
    expect(data(exchange, "execute_result")).toEqual([])
  })

  test("async keeps the cell until done", async () => {
    const exchange = await run("$$.async(); setTimeout(() => { console.log('later'); $$.done() }, 40)")
    expect(contents(exchange.iopub, "execute_result")).toEqual([])
    expect(kernel.text(exchange.id)).toBe("later\n")
  })

  test("or until its output", async () => {
    expect(data(await run("$$.async(); setTimeout(() => $$.html('<b>late</b>'), 40)"))).toMatchObject([
      { "text/html": "<b>late</b>" },
    ])
  })

  test("an interrupt ends a cell that is never done", async () => {
    const id = kernel.send("execute_request", { code: "$$.async(); console.log('ready')" })
    await kernel.until(() => kernel.text(id) === "ready\n")
    await kernel.ask("interrupt_request", {}, { channel: "control" })
    expect((await kernel.answered(id)).reply?.content).toMatchObject({ ename: "InterruptError" })
  })

  test("display gives one output that is replaced", async () => {
    const exchange = await run("const out = $$.display('ij-1'); out.text('a'); out.html('<b>b</b>')")
    expect(data(exchange)).toMatchObject([{ "text/plain": "a" }])
    expect(data(exchange, "update_display_data")).toMatchObject([{ "text/html": "<b>b</b>" }])
  })
})
