// Floats in JSON.

extension JSONValue {
  /// The shortest decimal that reads back as this float.
  public static func float(_ value: Float) -> JSONValue {
    .double(Double(value.description) ?? Double(value))
  }
}
