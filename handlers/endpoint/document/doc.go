// Package document writes a table of routes down as an OpenAPI document.
//
// A route says what is its own, and all that routes have in common is added: parameters, headers, refusals, dry runs. A body is
// named after its operation, an answer after its Go type less "View", and an enumeration as the table's [endpoint.Enum] says.
// The tags of a field are doc, example, pattern, format, minimum and the like; default tells in words what holds when the
// field is not given, and null:"unset" lets null stand for that.
//
// It documents and checks nothing: package endpoint treats requests, by the same table.
package document
