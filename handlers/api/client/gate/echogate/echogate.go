package echogate

import (
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/handlers/api/client/gate"
)

// Require lets requests through to what is behind it if their workspace has the feature, and answers others with 402.
func Require(g *gate.Gate, feature string) echo.MiddlewareFunc {
	return func(behind echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if refusal := g.Refuse(c.Request(), feature); refusal != nil {
				refusal.Write(c.Response())
				return nil
			}
			return behind(c)
		}
	}
}
