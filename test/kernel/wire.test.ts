import { createHmac } from "node:crypto"
import { describe, expect, test } from "vitest"
import { createMessage } from "../../kernel/messages.js"
import { parseMessage, serializeMessage, WireFault } from "../../kernel/wire.js"

const key = "a5b6c7"
const asBuffers = (frames: readonly (Buffer | string)[]) => frames.map((frame) => Buffer.from(frame as string))
const request = () => createMessage("execute_request", "session-1", { code: "1 + 1 // é" }, { identities: ["id"] })

function reasonOf(frames: readonly Buffer[]): string {
  const result = parseMessage(frames, key)
  return result instanceof WireFault ? result.reason : "no fault"
}

function replaced(frames: readonly Buffer[], at: number, text: string): Buffer[] {
  return frames.map((frame, i) => (i === at ? Buffer.from(text) : frame))
}

/** Replaces frame `at` and signs again, as a client with the key but with a fault of its own would. */
function signedWith(at: number, text: string): Buffer[] {
  const frames = asBuffers(serializeMessage(request(), key))
  frames[at] = Buffer.from(text)
  const hmac = createHmac("sha256", key)
  for (const frame of frames.slice(3)) hmac.update(frame)
  frames[2] = Buffer.from(hmac.digest("hex"))
  return frames
}

describe("wire format", () => {
  test("what is written is what is read", () => {
    const parent = request()
    const message = createMessage(
      "comm_msg",
      "session-2",
      { data: [1, "é", null] },
      {
        identities: ["topic", "second"],
        parentHeader: parent.header,
        metadata: { a: 1 },
        buffers: [Buffer.from([0, 255]), Buffer.alloc(0)],
      },
    )
    const read = parseMessage(asBuffers(serializeMessage(message, key)), key)
    expect(read).toEqual({ ...message, identities: asBuffers(message.identities) })
  })

  test("the signature is the HMAC-SHA256 of the four parts, as Jupyter computes it", () => {
    const frames = serializeMessage(request(), key)
    const hmac = createHmac("sha256", key).update(frames.slice(3).join("")).digest("hex")
    expect(frames.slice(0, 3)).toEqual(["id", "<IDS|MSG>", hmac])
  })

  test("without a key nothing is signed or checked", () => {
    const frames = asBuffers(serializeMessage(request(), ""))
    expect(frames[2]).toHaveLength(0)
    expect(parseMessage(frames, "")).not.toBeInstanceOf(WireFault)
  })

  test("a changed part, a changed signature, another key and an unsigned message are refused", () => {
    const frames = asBuffers(serializeMessage(request(), key))
    expect(reasonOf(frames)).toBe("no fault")
    expect(reasonOf(replaced(frames, 6, '{"code":"rm"}'))).toBe("bad signature")
    expect(reasonOf(replaced(frames, 2, "0".repeat(64)))).toBe("bad signature")
    expect(reasonOf(asBuffers(serializeMessage(request(), "other")))).toBe("bad signature")
    expect(reasonOf(asBuffers(serializeMessage(request(), "")))).toBe("bad signature")
  })

  test.each([
    ["nothing", [], "no delimiter"],
    ["no delimiter", [Buffer.from("id"), Buffer.from("{}")], "no delimiter"],
    ["only a delimiter", [Buffer.from("<IDS|MSG>")], "too few frames"],
    ["three parts", asBuffers(serializeMessage(request(), key)).slice(0, -1), "too few frames"],
    ["half a JSON text", signedWith(6, '{"code": '), "malformed JSON"],
    ["an array as content", signedWith(6, "[]"), "malformed JSON"],
    ["null as metadata", signedWith(5, "null"), "malformed JSON"],
    ["a header without a type", signedWith(3, '{"msg_id": "1", "session": "2"}'), "malformed header"],
    ["a number as msg_id", signedWith(3, '{"msg_id": 1, "session": "2", "msg_type": "3"}'), "malformed header"],
  ])("%s is a fault, not an exception", (_name, frames, reason) => {
    expect(reasonOf(frames)).toBe(reason)
  })

  test("a fault says in one line what was dropped and why", () => {
    expect(String(parseMessage([], key))).toBe("dropped a message: no delimiter (0 frames without <IDS|MSG>)")
  })
})
