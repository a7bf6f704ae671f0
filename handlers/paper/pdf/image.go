package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // pictures may be JPEG
	_ "image/png"  // or PNG
)

// Image is a picture that pages can show.
type Image struct {
	Width, Height int
	colours       []byte // red, green and blue of each point
	cover         []byte // how much of what is below each point is covered, nil where all is
}

// pointsMax bounds a picture, since a small file can hold a huge one.
const pointsMax = 4_000_000

// ErrTooLarge says that a picture has too many points.
var ErrTooLarge = errors.New("the picture has more than 4 million points")

// NewImage reads a PNG or a JPEG.
func NewImage(data []byte) (*Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	if config.Width < 1 || config.Height < 1 || config.Width > pointsMax/config.Height {
		return nil, ErrTooLarge
	}
	decoded, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	made := &Image{Width: config.Width, Height: config.Height}
	opaque := true
	bounds := decoded.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			point := color.NRGBAModel.Convert(decoded.At(x, y)).(color.NRGBA)
			made.colours = append(made.colours, point.R, point.G, point.B)
			made.cover = append(made.cover, point.A)
			opaque = opaque && point.A == 255
		}
	}
	if opaque {
		made.cover = nil
	}
	return made, nil
}

// image returns the name of a picture in the pages' contents.
func (f *File) image(i *Image) string {
	for n, known := range f.images {
		if known == i {
			return fmt.Sprintf("I%d", n)
		}
	}
	f.images = append(f.images, i)
	return fmt.Sprintf("I%d", len(f.images)-1)
}

func (i *Image) write(w *writer) (number int) {
	entries := func(space string) string {
		return fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/%s", i.Width, i.Height, space)
	}
	if i.cover == nil {
		return w.stream(entries("DeviceRGB"), i.colours)
	}
	mask := w.stream(entries("DeviceGray"), i.cover)
	return w.stream(entries("DeviceRGB")+fmt.Sprintf("/SMask %d 0 R", mask), i.colours)
}
