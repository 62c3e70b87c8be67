/** Runs tasks one after another; a failing task does not stop the next. */
export class TaskQueue {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when all earlier tasks have ended. */
  idle(): Promise<void> {
    return this.run(async () => undefined)
  }
}
