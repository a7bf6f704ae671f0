package view

import (
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// Enums names the enumerations of the document that several nouns have.
var Enums = []endpoint.Enum{
	endpoint.EnumOf("LineKind", pricing.LineKinds),
	endpoint.EnumOf("TaxBehavior", pricing.TaxBehaviors),
	endpoint.EnumOf("TaxTreatment", pricing.TaxTreatments),
}
