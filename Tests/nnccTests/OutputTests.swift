import FileFormats
import Foundation
import TestSupport
import Testing

/// Where results go: whole or not at all, and never over what is not nncc's.
@Suite struct OutputTests {
  @Test func unwritablePlacesAreRefusedBeforeTheWork() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      try write("work", to: folder + "/file")
      try writeSamples(tinySamples(2), to: folder + "/x.npy")
      let before = list(folder)
      let places = [
        ("file/out", "not a directory"), ("/proc/nncc/out", "no such file or directory"),
      ]
      for (place, reason) in places {
        for line in [
          "compile tiny.nnir -o \(place)", "import tiny.nnir -o \(place)",
          "run tiny.nnir --input x.npy -o \(place)", "train digits-demo -o \(place)",
        ] {
          let run = try nncc(line, in: folder)
          #expect(run.status == 1, "\(line)")
          #expect(run.errors.hasPrefix("\(place): error: cannot write: \(reason)"), "\(run.errors)")
          #expect(run.ids == ["output.unwritable"])
          #expect(run.output == "")
        }
      }
      for line in ["import tiny.nnir -o .", "run tiny.nnir --input x.npy -o /"] {
        let run = try nncc(line, in: folder)
        #expect(run.status == 1)
        #expect(run.errors.contains("cannot write: is a directory [output.unwritable]"))
      }
      #expect(list(folder) == before)
    }
  }

  @Test func aFullDiskIsReported() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      let run = try nncc("import tiny.nnir -o /dev/full", in: folder)
      #expect(run.status == 1)
      #expect(
        run.errors == """
          /dev/full: error: cannot write: no space left on device [output.unwritable]
            help: free some space or choose another place with -o

          """)
      #expect(run.output == "")
    }
  }

  @Test func aFolderOfSomebodyElseIsNotTouched() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      try FileManager.default.createDirectory(
        atPath: folder + "/mine", withIntermediateDirectories: true)
      try write("{\"name\": \"a web app\"}", to: folder + "/mine/manifest.json")
      let before = contents(folder)
      let run = try nncc("compile tiny.nnir -o mine", in: folder)
      #expect(run.status == 1)
      #expect(
        run.errors == """
          mine: error: the folder holds files that nncc did not write [output.exists]
            help: choose another place with -o, or delete the folder

          """)
      let onFile = try nncc("compile tiny.nnir -o tiny.nnir", in: folder)
      #expect(onFile.status == 1)
      #expect(onFile.ids == ["output.not-a-folder"])
      let here = try nncc("compile ../tiny.nnir -o .", in: folder + "/mine")
      #expect(here.status == 1)
      #expect(contents(folder) == before)
    }
  }

  @Test func anEarlierResultIsReplacedWhole() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("compile tiny.nnir -o out --top first", in: folder).status == 0)
      try write("leftover", to: folder + "/out/build.log")
      #expect(try nncc("compile tiny.nnir -o out", in: folder).status == 0)
      let files = list(folder + "/out")
      #expect(files.contains("rtl/tiny.v"))
      #expect(!files.contains { $0.contains("first") || $0 == "build.log" })
      #expect(list(folder).filter { !$0.contains("/") } == ["out", "tiny.nnir"])
      // A failure leaves the earlier result.
      let before = contents(folder + "/out")
      #expect(try nncc("compile tiny.nnir -o out --top 1x", in: folder).status == 1)
      #expect(contents(folder + "/out") == before)
    }
  }

  @Test func parentsAreMadeAndEmptyFoldersFilled() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      mkdir(folder + "/empty", 0o777)
      for place in ["empty", "a/b/c"] {
        #expect(try nncc("compile tiny.nnir -o \(place)", in: folder).status == 0)
        #expect(list(folder + "/" + place).contains("manifest.json"))
      }
    }
  }

  /// Ctrl-C at different moments of the work.
  @Test func interruptionLeavesNothingBehind() throws {
    try withTemporaryFolder { folder in
      try write(slowText(), to: folder + "/slow.nnir")
      let temporary = folder + "/tmp"
      mkdir(temporary, 0o777)
      let before = list(folder)
      for (line, seconds) in [
        ("compile slow.nnir -o out/deep", 0.2), ("compile slow.nnir -o out", 0.6),
        ("train digits-demo -o out.nnm", 1.0),
      ] {
        let words = line.split(separator: " ").map(String.init)
        let run = try CommandProcess(words, in: folder, environment: ["TMPDIR": temporary])
        Thread.sleep(forTimeInterval: seconds)
        run.process.interrupt()
        let end = run.wait()
        #expect(end.status == 128 + SIGINT, "\(line): \(end.errors)")
        #expect(list(folder) == before, "\(line)")
      }
    }
  }

  /// The simulator that runs when Ctrl-C comes ends with nncc, and its folder goes.
  @Test func interruptionEndsTheToolThatRuns() throws {
    try withTemporaryFolder { folder in
      try write(tinyText, to: folder + "/tiny.nnir")
      #expect(try nncc("compile tiny.nnir -o out", in: folder).status == 0)
      for name in ["tmp", "bin"] { mkdir(folder + "/" + name, 0o777) }
      try write(
        "#!/bin/sh\necho $$ > \(folder)/started\nsleep 60\ntouch \(folder)/ended\n",
        to: folder + "/bin/iverilog")
      try write("", to: folder + "/bin/vvp")
      for tool in ["iverilog", "vvp"] { chmod("\(folder)/bin/\(tool)", 0o755) }
      let run = try CommandProcess(
        ["sim", "out", "--simulator", "icarus"], in: folder,
        environment: ["TMPDIR": folder + "/tmp", "PATH": folder + "/bin:/usr/bin:/bin"])
      var id: pid_t?
      for _ in 0..<300 where id == nil {
        Thread.sleep(forTimeInterval: 0.1)
        let text = try? String(contentsOfFile: folder + "/started", encoding: .utf8)
        id = text.flatMap { pid_t($0.trimmingCharacters(in: .newlines)) }
      }
      let tool = try #require(id)
      run.process.interrupt()
      #expect(run.wait().status == 128 + SIGINT)
      #expect(kill(tool, 0) != 0, "the tool still runs")
      #expect(list(folder + "/tmp") == [])
      #expect(!list(folder).contains("ended"))
    }
  }
}
