import { mkdtempSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, test } from "vitest"
import * as libzmq from "zeromq"
import { HeartbeatSocket, PubSocket, RouterSocket } from "../../kernel/zmtp.js"
import { DealerSocket, ReqSocket, SubSocket } from "../../kernel/zmtp-client.js"
import { Decoder, encodeCommand, encodeMessage, encodeProperties, greeting } from "../../kernel/zmtp-frames.js"

const loopback = "tcp://127.0.0.1:0"
const cleanup: (() => unknown)[] = []

function closing<T extends { close(): unknown }>(socket: T): T {
  cleanup.push(() => socket.close())
  return socket
}

afterEach(async () => {
  for (const close of cleanup.splice(0).reverse()) await close()
})

/** A promise with the means to settle it. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

async function echoRouter(endpoint = loopback): Promise<RouterSocket> {
  const router: RouterSocket = closing(new RouterSocket((frames) => router.send(frames)))
  await router.bind(endpoint)
  return router
}

const at = (socket: { port: number }) => `tcp://127.0.0.1:${socket.port}`

const readyAs = (type: string) => encodeCommand("READY", encodeProperties({ "Socket-Type": type }))

/** Sends raw bytes and resolves when the other side hangs up. */
function hangsUp(port: number, ...bytes: Buffer[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      for (const piece of bytes) socket.write(piece)
    })
    socket.on("error", () => {})
    socket.on("close", () => resolve())
    socket.resume()
  })
}

describe("our server sockets with libzmq's clients", () => {
  test("ROUTER answers a DEALER: empty, short, long and many frames", async () => {
    const router = await echoRouter()
    const dealer = closing(new libzmq.Dealer({ routingId: "client-1" }))
    dealer.connect(at(router))
    for (const frames of [[""], ["a", "", "b"], ["x".repeat(255), "y".repeat(256)], ["é".repeat(70_000)]]) {
      await dealer.send(frames)
      expect((await dealer.receive()).map(String)).toEqual(frames)
    }
  })

  test("10,000 messages in one turn all arrive, in order", async () => {
    let arrived = 0
    const router: RouterSocket = closing(
      new RouterSocket(([identity = ""]) => {
        for (let i = 0; i < 10_000; i++) router.send([identity, String(i)])
      }),
    )
    await router.bind(loopback)
    const dealer = closing(new libzmq.Dealer({ receiveHighWaterMark: 0 }))
    dealer.connect(at(router))
    await dealer.send("go")
    for await (const [frame] of dealer) {
      expect(String(frame)).toBe(String(arrived++))
      if (arrived === 10_000) break
    }
    expect(arrived).toBe(10_000)
  })

  test("a message of 64 MB makes the round trip unharmed", async () => {
    const router = await echoRouter()
    const dealer = closing(new libzmq.Dealer())
    dealer.connect(at(router))
    const big = Buffer.alloc(64 << 20, "cellgrad")
    await dealer.send(["before", big, "after"])
    const [before, body, after] = await dealer.receive()
    expect(String(before) + String(after)).toBe("beforeafter")
    expect(body?.equals(big)).toBe(true)
    while (router.bufferedBytes > 0) await new Promise(setImmediate)
  })

  test("PUB sends by topic, honours unsubscribe and greets the new subscriber alone", async () => {
    const pub = closing(new PubSocket())
    const subscribed = deferred<void>()
    const fenced = deferred<void>()
    pub.onSubscribe = (topic, reply) => {
      if (topic.toString() === "stream") reply(["stream.welcome"])
      if (topic.toString() === "last") subscribed.resolve()
      if (topic.toString() === "fence") fenced.resolve()
    }
    await pub.bind(loopback)
    const sub = closing(new libzmq.Subscriber())
    sub.connect(at(pub))
    sub.subscribe("status", "stream", "last")
    await subscribed.promise
    sub.unsubscribe("status")
    sub.subscribe("fence")
    await fenced.promise
    pub.send(["other", "no"])
    pub.send(["status", "no longer"])
    expect(String((await sub.receive())[0])).toBe("stream.welcome")
    pub.send(["stream.stdout", "1"])
    expect((await sub.receive()).map(String)).toEqual(["stream.stdout", "1"])
  })

  test("PUB takes subscriptions as ZMTP 3.0 sends them, as messages", async () => {
    const pub = closing(new PubSocket())
    const topics: string[] = []
    pub.onSubscribe = (topic) => topics.push(topic.toString())
    await pub.bind(loopback)
    const socket = connect(pub.port, "127.0.0.1")
    cleanup.push(() => socket.destroy())
    const got = deferred<string>()
    const decoder = new Decoder({
      onGreeting: () => {},
      onCommand: () => {},
      onMessage: (frames) => got.resolve(frames.join(" ")),
    })
    socket.on("data", (bytes) => decoder.push(bytes))
    const subscriptions = ["\x01a", "\x01b", "\x00a"].flatMap((text) => encodeMessage([text]))
    socket.write(Buffer.concat([greeting, readyAs("SUB"), ...subscriptions]))
    while (topics.length < 2) await new Promise(setImmediate)
    pub.send(["a", "no longer"])
    pub.send(["b", "yes"])
    expect(await got.promise).toBe("b yes")
  })

  test("the heartbeat echoes to REQ", async () => {
    const heartbeat = closing(new HeartbeatSocket())
    await heartbeat.bind(loopback)
    const req = closing(new libzmq.Request())
    req.connect(at(heartbeat))
    for (const beat of ["ping", "ping 2"]) {
      await req.send(beat)
      expect((await req.receive()).map(String)).toEqual([beat])
    }
  })

  test.skipIf(process.platform === "win32")("ipc works, also over a socket file that a dead kernel left", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cellgrad-ipc-"))
    cleanup.push(() => rmSync(folder, { recursive: true }))
    const endpoint = `ipc://${join(folder, "shell-1")}`
    const router = await echoRouter(endpoint)
    await expect(echoRouter(endpoint)).rejects.toThrow(/EADDRINUSE/)
    const dealer = closing(new libzmq.Dealer())
    dealer.connect(endpoint)
    await dealer.send("hello")
    expect(String((await dealer.receive())[0])).toBe("hello")
    await router.close()
  })

  test("a client that comes back under its name takes over", async () => {
    const router = await echoRouter()
    for (const text of ["first", "second"]) {
      const dealer = new libzmq.Dealer({ routingId: "same", linger: 0 })
      dealer.connect(at(router))
      await dealer.send(text)
      expect(String((await dealer.receive())[0])).toBe(text)
      dealer.close()
    }
  })
})

describe("our client sockets with libzmq's servers", () => {
  test("DEALER and ROUTER", async () => {
    const router = closing(new libzmq.Router())
    await router.bind(loopback)
    const answer = deferred<Buffer[]>()
    const dealer = closing(new DealerSocket(answer.resolve, "me"))
    await dealer.connect(router.lastEndpoint ?? "")
    dealer.send(["hello", Buffer.from([1, 2, 3])])
    const frames = await router.receive()
    expect(String(frames[0])).toBe("me")
    await router.send(frames)
    expect((await answer.promise).map((frame) => frame.toString("hex"))).toEqual(["68656c6c6f", "010203"])
  })

  test("SUB and XPUB, by topic", async () => {
    const pub = closing(new libzmq.XPublisher())
    await pub.bind(loopback)
    const got = deferred<Buffer[]>()
    const sub = closing(new SubSocket(got.resolve))
    await sub.connect(pub.lastEndpoint ?? "")
    sub.subscribe("b")
    expect((await pub.receive()).map((frame) => frame.toString("latin1"))).toEqual(["\x01b"])
    await pub.send(["a", "not this"])
    await pub.send(["b", "this"])
    expect((await got.promise).map(String)).toEqual(["b", "this"])
  })

  test("REQ and REP", async () => {
    const rep = closing(new libzmq.Reply())
    await rep.bind(loopback)
    const got = deferred<Buffer[]>()
    const req = closing(new ReqSocket(got.resolve))
    await req.connect(rep.lastEndpoint ?? "")
    req.send(["ping"])
    await rep.send(await rep.receive())
    expect((await got.promise).map(String)).toEqual(["ping"])
  })
})

describe("peers that misbehave", () => {
  test.each([
    ["HTTP", [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
    ["random bytes", [Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + 13) & 255))]],
    ["another mechanism", [Buffer.from(greeting).fill("PLAIN", 12, 17)]],
    ["a message before READY", [greeting, ...encodeMessage(["hello"])]],
    ["an incompatible socket", [greeting, readyAs("PUB")]],
    ["a READY that ends early", [greeting, encodeCommand("READY", Buffer.from([11, 65, 66]))]],
    ["reserved flags", [greeting, readyAs("DEALER"), Buffer.from([0xf0, 0])]],
    ["a frame of 2^63 bytes", [greeting, readyAs("DEALER"), Buffer.from([2, 255, 255, 255, 255, 255, 255, 255, 255])]],
    ["a command without a name", [greeting, Buffer.from([4, 0])]],
  ])("%s is cut off, the others are served", async (_name, bytes) => {
    const router = await echoRouter()
    const faults: string[] = []
    router.onFault = (fault) => faults.push(fault.message)
    await hangsUp(router.port, ...bytes)
    expect(faults).toHaveLength(1)
    const got = deferred<Buffer[]>()
    const dealer = closing(new DealerSocket(got.resolve))
    await dealer.connect(at(router))
    dealer.send(["still there"])
    expect((await got.promise).map(String)).toEqual(["still there"])
  })

  test("one that hangs up in the middle of a message is forgotten", async () => {
    const router = await echoRouter()
    const socket = connect(router.port, "127.0.0.1")
    socket.write(Buffer.concat([greeting, readyAs("DEALER"), Buffer.from([0, 200]), Buffer.from("half")]))
    while (router.peers.size === 0 || ![...router.peers].every((peer) => peer.ready)) await new Promise(setImmediate)
    socket.resetAndDestroy()
    while (router.peers.size > 0) await new Promise(setImmediate)
    router.send(["gone", "nobody gets this"])
  })

  test("one that does not read fills its buffer, which shows, and is not waited for once it has stalled", async () => {
    const pub = closing(new PubSocket())
    const subscribed = deferred<void>()
    pub.onSubscribe = () => subscribed.resolve()
    await pub.bind(loopback)
    const socket = connect(pub.port, "127.0.0.1")
    cleanup.push(() => socket.destroy())
    socket.pause()
    socket.write(Buffer.concat([greeting, readyAs("SUB"), encodeCommand("SUBSCRIBE", Buffer.alloc(0))]))
    await subscribed.promise
    const chunk = "x".repeat(1 << 20)
    for (let i = 0; i < 24; i++) pub.send(["stream", chunk])
    expect(pub.bufferedBytes).toBeGreaterThan(8 << 20)
    const clock = performance.now
    performance.now = () => clock.call(performance) + 6000
    expect(pub.bufferedBytes).toBe(0)
    performance.now = clock
  })
})

describe("frames", () => {
  test("are the same however the bytes are cut", () => {
    const message = ["topic", "", "z".repeat(300), "end"]
    const bytes = Buffer.concat([greeting, readyAs("DEALER"), ...encodeMessage(message), ...encodeMessage(["two"])])
    for (const size of [1, 2, 3, 7, 64, 65, 1000]) {
      const messages: string[][] = []
      const decoder = new Decoder({
        onGreeting: (minor) => expect(minor).toBe(1),
        onCommand: (name) => expect(name).toBe("READY"),
        onMessage: (frames) => messages.push(frames.map(String)),
      })
      for (let i = 0; i < bytes.length; i += size) decoder.push(bytes.subarray(i, i + size))
      expect(messages).toEqual([message, ["two"]])
    }
  })

  test("PING is answered with PONG and its context", async () => {
    const router = await echoRouter()
    const socket = connect(router.port, "127.0.0.1")
    cleanup.push(() => socket.destroy())
    const pong = deferred<string>()
    const decoder = new Decoder({
      onGreeting: () => {},
      onCommand: (name, body) => name === "PONG" && pong.resolve(body.toString()),
      onMessage: () => {},
    })
    socket.on("data", (bytes) => decoder.push(bytes))
    socket.write(Buffer.concat([greeting, readyAs("DEALER"), encodeCommand("PING", Buffer.from("\0\x0acontext"))]))
    expect(await pong.promise).toBe("context")
  })
})
