// Package scratch gives a test binary directories of its own, and leaves nothing of them however the binary ends.
//
//	func TestMain(m *testing.M) { os.Exit(scratch.Main(m.Run, postgres.Remove)) }
//
// Main points TMPDIR at the first directory, so that everything which makes temporary files makes them there; [Memory] is
// the second. A reaper removes both: the same binary, started once more in a session of its own, which waits until the
// tests are over. It hears of that by a pipe that the kernel closes, so it does not matter whether the tests passed, failed,
// panicked, took longer than -timeout, or were ended by Ctrl-C or kill -9.
//
// [EndWithTests] has a program that a test starts end with the tests.
//
// The package owns those directories. It does not know Postgres: its caller says how the data directories found below them
// are removed, servers included. It uses the standard library alone.
package scratch
