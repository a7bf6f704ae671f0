// Package echogate is package gate for echo.
package echogate
