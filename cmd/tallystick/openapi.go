package main

import (
	"fmt"

	"github.com/tallystick/tallystick/handlers/api"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type openapiCommand struct{}

// Run prints the document that a server of this version serves at /openapi.json, without a server.
func (openapiCommand) Run(std house.Streams) error {
	document, err := api.Document(house.Version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(std.Out, "%s\n", document)
	return err
}
