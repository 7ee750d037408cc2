// swift-tools-version: 6.2
// The targets and the direction of their dependencies are the architecture: see docs/architecture.md.
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

/// A library target and the test target that mirrors it.
func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict, plugins: plugins)
}

/// The test target of `name`; its golden files, if any, stand in `Golden/`, others in `data`.
func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], golden: Bool = false,
  data: String? = nil
) -> Target {
  .testTarget(
    name: "\(name)Tests",
    dependencies: [.init(stringLiteral: name), "TestSupport", "SeededRandom"] + dependencies,
    exclude: (golden ? ["Golden"] : []) + (data.map { [$0] } ?? []), swiftSettings: strict)
}

let package = Package(
  name: "nncc",
  products: [.executable(name: "nncc", targets: ["nncc"])],
  targets: [
    // Ground floor: no Foundation.
    library("Diagnostics"),
    library("FixedPoint"),
    library("SeededRandom"),
    library("TextForm", ["Diagnostics"]),

    // The three levels.
    library("GraphIR", ["TextForm", "FixedPoint", "Diagnostics"]),
    library("DataflowIR", ["TextForm", "FixedPoint", "Diagnostics"]),
    library("VerilogAST"),

    // Files and assets.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .target(name: "CImageDecoders", dependencies: ["CPNG", "CJPEG"]),
    library("FileFormats", ["Diagnostics", "CZlib", "CZip"]),
    .executableTarget(name: "embedtool", swiftSettings: strict),
    .plugin(name: "EmbedAssets", capability: .buildTool(), dependencies: ["embedtool"]),
    library("Assets", ["Diagnostics"], plugins: ["EmbedAssets"]),

    // Into and out of GraphIR.
    library("Importers", ["GraphIR", "FileFormats", "FixedPoint", "Diagnostics"]),
    library("Exporters", ["GraphIR", "FileFormats", "FixedPoint", "Diagnostics"]),
    library(
      "NeuralNet", ["FileFormats", "SeededRandom", "FixedPoint", "Diagnostics", "COpenBLAS"]),
    library(
      "Training",
      [
        "NeuralNet", "GraphPasses", "GraphIR", "FileFormats", "Assets", "SeededRandom",
        "FixedPoint",
        "Diagnostics", "CImageDecoders",
      ]),

    library("Inference", ["GraphIR", "NeuralNet", "Diagnostics", "COpenBLAS"]),

    // Down the levels.
    library("GraphPasses", ["GraphIR", "FixedPoint", "Diagnostics"]),
    library("Planning", ["DataflowIR", "Diagnostics"]),
    library("Lowering", ["GraphIR", "DataflowIR", "FixedPoint", "Diagnostics"]),
    library("DataflowPasses", ["DataflowIR", "FixedPoint", "Diagnostics"]),
    library(
      "VerilogBackend", ["DataflowIR", "VerilogAST", "Assets", "FixedPoint", "Diagnostics"]),
    library("HLSBackend", ["DataflowIR", "Assets", "FixedPoint", "Diagnostics"]),
    library("Simulation", ["Assets", "FileFormats", "FixedPoint", "Diagnostics"]),
    library(
      "Reports",
      ["GraphIR", "DataflowIR", "Planning", "FileFormats", "FixedPoint", "Diagnostics"]),
    library(
      "Compiler",
      [
        "Importers", "Exporters", "Training", "NeuralNet", "Inference", "GraphPasses", "Lowering",
        "Planning",
        "DataflowPasses", "VerilogBackend", "HLSBackend", "Simulation", "Reports", "GraphIR",
        "DataflowIR", "FileFormats", "Assets", "SeededRandom", "FixedPoint", "Diagnostics",
      ]),
    .executableTarget(
      name: "nncc",
      dependencies: [
        "Compiler", "Training", "Importers", "Exporters", "GraphPasses", "Simulation", "Reports",
        "GraphIR", "DataflowIR", "FileFormats", "Assets", "FixedPoint", "Diagnostics",
      ],
      swiftSettings: strict),

    // Measurements: see bench/.
    .executableTarget(
      name: "nncc-bench",
      dependencies: [
        "Training", "NeuralNet", "Importers", "GraphIR", "DataflowIR", "FileFormats",
        "SeededRandom",
        "Diagnostics",
      ],
      swiftSettings: strict),

    // Tests.
    library(
      "TestSupport",
      ["GraphIR", "DataflowIR", "FileFormats", "SeededRandom", "FixedPoint", "Diagnostics"]),
    library(
      "FuzzSupport",
      [
        "Compiler", "VerilogBackend", "HLSBackend", "Simulation", "TestSupport", "Lowering",
        "GraphIR", "GraphPasses", "DataflowPasses", "DataflowIR", "FileFormats", "Assets",
        "SeededRandom", "FixedPoint", "Diagnostics",
      ]),
    .executableTarget(
      name: "nncc-fuzz", dependencies: ["FuzzSupport"], swiftSettings: strict),
    tests("Diagnostics"),
    tests("FixedPoint"),
    tests("GraphIR", ["FixedPoint", "Diagnostics"]),
    tests("DataflowIR", ["FixedPoint", "Diagnostics"]),
    tests("VerilogAST", golden: true),
    tests("FileFormats", ["Diagnostics"]),
    tests("Assets", ["Diagnostics"]),
    tests("Exporters", ["GraphIR", "FileFormats", "FixedPoint", "Diagnostics"]),
    tests("Importers", ["Exporters", "GraphIR", "FileFormats", "FixedPoint", "Diagnostics"]),
    // The sources of NeuralNet in double precision (`Sources` is a link to them), for gradient checks.
    .target(
      name: "NeuralNetDouble",
      dependencies: ["FileFormats", "SeededRandom", "FixedPoint", "Diagnostics", "COpenBLAS"],
      path: "Tests/NeuralNetDouble", swiftSettings: strict + [.define("DOUBLE")]),
    .testTarget(
      name: "NeuralNetTests",
      dependencies: [
        "NeuralNetDouble", "SeededRandom", "FixedPoint", "FileFormats", "Diagnostics",
      ],
      swiftSettings: strict),
    tests("Inference", ["GraphIR"]),
    tests(
      "Training",
      ["NeuralNet", "GraphPasses", "GraphIR", "FileFormats", "FixedPoint", "Diagnostics"]),
    tests("GraphPasses", ["GraphIR", "FixedPoint", "Diagnostics"], golden: true),
    tests(
      "Lowering",
      ["DataflowPasses", "GraphPasses", "GraphIR", "DataflowIR", "FixedPoint", "Diagnostics"],
      golden: true, data: "Models"),
    tests("DataflowPasses", ["DataflowIR", "FixedPoint", "Diagnostics"], golden: true),
    tests(
      "VerilogBackend", ["DataflowIR", "VerilogAST", "Simulation", "FixedPoint"], golden: true),
    tests("HLSBackend", ["DataflowIR", "Simulation", "FixedPoint"], golden: true),
    tests("Planning", ["DataflowIR", "Diagnostics"]),
    tests(
      "Reports",
      ["GraphIR", "DataflowIR", "Planning", "FileFormats", "FixedPoint", "Diagnostics"],
      golden: true),
    tests("Simulation", ["Assets", "FileFormats", "Diagnostics"]),
    tests(
      "Compiler",
      [
        "FuzzSupport", "Training", "Reports", "Importers", "Assets", "Simulation", "GraphIR",
        "DataflowIR", "FileFormats", "Diagnostics",
      ]),
    tests("nncc", ["Compiler", "Simulation", "FileFormats", "Diagnostics"]),
  ],
  swiftLanguageModes: [.v6]
)
