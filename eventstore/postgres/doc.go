// Package postgres finds, starts and stops a private Postgres, so that Tallystick runs on a machine where nobody set up
// a database.
//
// Everything lives below one data directory:
//
//	lock                held by the program for as long as it uses the directory; the holder's process id is written in it
//	postgres/           the cluster (PGDATA), owned by the account that Postgres runs as
//	postgres.password   the superuser's password, which nobody but the program's account can read
//	postgres.log        the log of Postgres; it outlives the program
//	pg_hba.conf         the access rules, written at every start in place of the cluster's own: nobody without a password
//	socket/             the only way in: a unix socket in a directory that other accounts can't enter
//
// Invariants, at every moment and also after kill -9 of the program, of Postgres or of both:
//
//   - At most one program uses a data directory. The lock is the kernel's, so it ends with the process.
//   - The directory postgres/ exists only when it is complete: a cluster is made beside it and renamed into place.
//   - Postgres does not outlive the program by more than its shutdown. On Linux the kernel asks it to stop when the
//     program dies; elsewhere, and whenever a process was left behind, the next start ends the old one first.
//   - Committed data stays. Postgres keeps its own defaults for fsync and synchronous_commit.
//
// A cluster of an earlier release, which trusted whoever could reach the socket, gets its password at the next start. Its own
// pg_hba.conf stays as it is, so that the earlier release can be put back.
//
// Postgres refuses to run as root. Under root it runs as the account postgres, or nobody, when that account can reach
// the data directory, and else in a user namespace where root has another id, so that data below /root works too. The
// account that owns existing data goes on owning it.
//
// The package owns the processes and the files named above. It makes the empty database "tallystick" and does not own its
// contents: migrations and queries belong to others, and so does a Postgres named by DATABASE_URL. It uses the standard
// library alone, so that it never waits for a driver.
package postgres
