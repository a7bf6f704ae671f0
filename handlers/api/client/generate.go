package client

// The document stands in a file while the generator reads it.
//
//go:generate sh -c "go run ../../../cmd/tallystick openapi >openapi.json"
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml -o client.gen.go openapi.json
//go:generate rm openapi.json
