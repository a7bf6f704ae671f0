// Package doctor looks for what is wrong with a database and the settings of a server, and says what to do.
//
// It changes nothing: it neither migrates nor makes logins, and its connections are read-only.
package doctor
