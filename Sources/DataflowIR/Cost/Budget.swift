// What a design may take, as a user says it: `lut=20000,dsp=40`.

/// Upper limits for some kinds of resources.
public struct Budget: Hashable, Sendable {
  /// What is wrong with the text of a budget, one sentence without a final period.
  public struct Malformed: Error, Hashable, Sendable {
    public var message: String
  }

  private var limits = [Int?](repeating: nil, count: Resources.Kind.allCases.count)

  public init() {}

  public subscript(kind: Resources.Kind) -> Int? {
    get { limits[kind.rawValue] }
    set { limits[kind.rawValue] = newValue }
  }

  /// Reads `lut=20000,ff=40000,dsp=90,bram=100,uram=0`, any of them in any order.
  public init(parsing text: String) throws(Malformed) {
    let keys = Resources.Kind.allCases.map(\.key).joined(separator: ", ")
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = item.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2 else {
        throw Malformed(message: "\(item.isEmpty ? "an empty item" : item) is not KIND=COUNT")
      }
      guard let kind = Resources.Kind.allCases.first(where: { $0.key == sides[0] }) else {
        throw Malformed(message: "there is no resource \(sides[0]); there are \(keys)")
      }
      guard let count = Int(sides[1]), count >= 0 else {
        throw Malformed(message: "\(kind.key) takes a whole number from 0 up, got \(sides[1])")
      }
      guard self[kind] == nil else { throw Malformed(message: "\(kind.key) is given twice") }
      self[kind] = count
    }
  }

  public var isEmpty: Bool { limits.allSatisfy { $0 == nil } }

  /// Whether every kind has a limit, so that no part is needed to know what fits.
  public var isComplete: Bool { limits.allSatisfy { $0 != nil } }

  /// The resources of a part where there is no limit, the limit where there is one.
  public func limiting(_ part: Resources) -> Resources {
    var result = part
    for kind in Resources.Kind.allCases { result[kind] = self[kind] ?? part[kind] }
    return result
  }
}
