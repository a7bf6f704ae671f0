// Package licenseserver asks a seller's Tallystick about a license, as an installation does: to activate it, to sync with it, and to let
// it go. It tells what is conclusive from what is not.
//
// Conclusive are 200 and 201, and 401, 403 and 404 with a problem's code, so that neither a proxy's page nor a network that is not the
// seller's ends a license. It keeps nothing, and tries nothing twice.
package licenseserver
