// Package licenseservertest is a seller's license server for tests. It has one license, and goes away, forgets and loses answers when it
// is told to. It is no part of the program, and does not decide as the program's own license server does.
package licenseservertest
