/**
 * Goes through promises, or what an asynchronous generator gives, with several of them under way: while one is used, the
 * next `depth` are being made.
 *
 * A failure is thrown where its value would have come. When the loop ends early the source is closed, and what is still
 * under way is forgotten.
 */
export async function* readAhead<T>(
  source: Iterator<Promise<T>> | AsyncIterator<T>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const underway: Promise<IteratorResult<T, unknown>>[] = []
  const request = () => {
    const next = settled(source)
    next.catch(() => {}) // it is thrown when its turn comes; until then it must not count as unhandled
    underway.push(next)
  }
  try {
    for (let i = 0; i < depth; i++) request()
    for (;;) {
      request()
      const result = await (underway.shift() as Promise<IteratorResult<T, unknown>>)
      if (result.done) return
      yield result.value
    }
  } finally {
    await source.return?.()
  }
}

/** The next value of a source, with the promise that a plain iterator gives inside awaited. */
async function settled<T>(source: Iterator<Promise<T>> | AsyncIterator<T>): Promise<IteratorResult<T, unknown>> {
  const result = await source.next()
  return result.done ? { done: true, value: undefined } : { done: false, value: await result.value }
}
