// Package pgtest gives each test a Postgres database of its own.
//
// A test binary has at most one server. The first test that asks for a database starts it, with an account, a directory
// and a socket that nobody else uses, and [Main] stops it:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	func TestAppend(t *testing.T) {
//		t.Parallel()
//		url := pgtest.Database(t)
//		…
//	}
//
// The migrations run once, into a template; a database for a test is a copy of it. Tests may run in parallel. However a test
// binary ends, package scratch removes its server and all its files.
//
// The server is quick and forgetful: it writes nothing through to the disk and never vacuums. Tests of a crash start a
// server of their own with package postgres.
//
// The package owns that server and its databases, and not their contents. It is the only package outside the tests that
// imports testing, so no package of the program may import it.
package pgtest
