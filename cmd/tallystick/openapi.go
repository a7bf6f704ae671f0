package main

import (
	"fmt"

	"github.com/tallystick/tallystick/handlers/api"
)

type openapiCommand struct{}

// Run prints the document that a server of this version serves at /openapi.json, without a server.
func (openapiCommand) Run(std streams) error {
	document, err := api.Document(version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s\n", document)
	return err
}
