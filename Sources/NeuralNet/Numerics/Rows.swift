// Vectors that belong to every row of a matrix: biases and their gradients.

/// Writes `row` to every row of a matrix.
func fillRows(
  _ values: UnsafeMutablePointer<Real>, rows: Int, with row: UnsafePointer<Real>, count: Int
) {
  for index in 0..<rows { (values + index * count).update(from: row, count: count) }
}

/// Writes the sums of the columns of a matrix to `sums`, or adds them to what is there.
func addRows(
  _ values: UnsafePointer<Real>, rows: Int, count: Int, into sums: UnsafeMutablePointer<Real>,
  adding isAdded: Bool = false
) {
  if !isAdded { sums.update(repeating: 0, count: count) }
  var row = 0
  // Four rows at a time read and write the sums less often.
  while row + 4 <= rows {
    let a = values + row * count
    let (b, c, d) = (a + count, a + 2 * count, a + 3 * count)
    for column in 0..<count { sums[column] += (a[column] + b[column]) + (c[column] + d[column]) }
    row += 4
  }
  while row < rows {
    let a = values + row * count
    for column in 0..<count { sums[column] += a[column] }
    row += 1
  }
}
