// SHA-256 (FIPS 180-4): the fingerprint of files in manifests.

public enum SHA256 {
  /// The digest of `bytes` as 64 hexadecimal digits.
  public static func hex(_ bytes: [UInt8]) -> String {
    var state: [UInt32] = [
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
      0x5be0_cd19,
    ]
    let padding = (119 - bytes.count % 64) % 64
    let length = UInt64(bytes.count) * 8
    let tail =
      [0x80] + [UInt8](repeating: 0, count: padding)
      + (0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(56 - 8 * $0)) }
    let whole = bytes.count / 64 * 64
    let rest = Array(bytes[whole...]) + tail
    bytes.withUnsafeBufferPointer { compress($0, upTo: whole, &state) }
    rest.withUnsafeBufferPointer { compress($0, upTo: rest.count, &state) }
    let digits = Array("0123456789abcdef")
    return String(
      state.flatMap { word in (0..<8).map { digits[Int(word >> UInt32(28 - 4 * $0) & 15)] } })
  }

  /// Takes in the whole blocks of `data` before `end`.
  private static func compress(
    _ data: UnsafeBufferPointer<UInt8>, upTo end: Int, _ state: inout [UInt32]
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      constants.withUnsafeBufferPointer { constants in
        for block in stride(from: 0, to: end, by: 64) {
          expand(UnsafeRawBufferPointer(data), at: block, into: w)
          mix(w, constants, &state)
        }
      }
    }
  }

  /// The message schedule of one block.
  private static func expand(
    _ data: UnsafeRawBufferPointer, at block: Int, into w: UnsafeMutableBufferPointer<UInt32>
  ) {
    for i in 0..<16 {
      w[i] = UInt32(bigEndian: data.loadUnaligned(fromByteOffset: block + i * 4, as: UInt32.self))
    }
    for i in 16..<64 {
      let s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3
      let s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10
      w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
    }
  }

  private static func mix(
    _ w: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>,
    _ state: inout [UInt32]
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in 0..<64 {
      let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let choice = (e & f) ^ (~e & g)
      let t1 = h &+ s1 &+ choice &+ constants[i] &+ w[i]
      let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
      (h, g, f, e) = (g, f, e, d &+ t1)
      (d, c, b, a) = (c, b, a, t1 &+ t2)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  @inline(__always)
  private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x &>> n | x &<< (32 - n) }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < 64 {
      if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map { prime in
      // ⌊∛prime · 2^32⌋ in exact integers: the largest r with r³ ≤ prime · 2^96.
      let target = UInt128(prime) << 96
      var root: UInt128 = 0
      for bit in stride(from: 35, through: 0, by: -1) {
        let trial = root | 1 << UInt128(bit)
        if trial * trial * trial <= target { root = trial }
      }
      return UInt32(truncatingIfNeeded: root)
    }
  }()
}
