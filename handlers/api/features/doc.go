// Package features serves the features of workspaces: what each comes to, how much of the limited ones was used, and overrides. It
// answers OpenFeature's clients too, in the form of OFREP.
package features
