/**
 * Calls a listener, and throws its error outside of the caller's work: the data are on the disk already, and the other
 * listeners must hear of them.
 */
export function callSafely(then: () => void): void {
  try {
    then()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
