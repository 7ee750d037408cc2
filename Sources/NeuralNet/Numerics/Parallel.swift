// Spreading fixed pieces of work over the cores.

import COpenBLAS
import Dispatch

/// Runs `work` for 0 ..< pieces, on as many threads as there are cores.
///
/// The pieces are the caller's and do not depend on the machine: as long as each writes only its own
/// memory, the result is the same with any number of threads.
package func inParallel(_ pieces: Int, _ work: (Int) -> Void) {
  _ = singleThreadedBLAS
  if pieces == 1 {
    work(0)
  } else {
    // The call returns only when all pieces are done, so `work` outlives them.
    withoutActuallyEscaping(work) { work in
      nonisolated(unsafe) let work = work
      DispatchQueue.concurrentPerform(iterations: pieces) { work($0) }
    }
  }
}

/// OpenBLAS must not start threads of its own: the pieces are the parallelism.
private let singleThreadedBLAS: Void = openblas_set_num_threads(1)
