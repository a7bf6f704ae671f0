package main

import (
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var takePictures = flag.Bool("pictures", false, "take the README's pictures anew")

// pictures lists the README's pictures by what the demo says is worth a look.
var pictures = []struct {
	name   string
	sight  int
	window string
}{{"customer", 0, "1040,860"}, {"payment", 2, "1040,620"}, {"invoice", 1, "pdf"}}

const (
	picturesDir = "../../docs/pictures"
	// pictureMax keeps the repository small.
	pictureMax = 128 << 10
)

// TestPictures finds each picture that the README shows, or takes them all anew from a year of the demo.
func TestPictures(t *testing.T) {
	t.Parallel()
	if *takePictures {
		dir := dataDir(t)
		s := boot(t, dir)
		told := tellDemo(t, "--data-dir", dir, "--listen", strings.TrimPrefix(s.url, "http://"))
		for _, p := range pictures {
			takePicture(t, told.LookAt[p.sight], p.window, filepath.Join(picturesDir, p.name))
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join(picturesDir, p.name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := png.Decode(file); err != nil {
				t.Errorf("it is no picture: %v", err)
			}
			if info, err := file.Stat(); err != nil || info.Size() > pictureMax {
				t.Errorf("%v has more than %d bytes, %v", info, pictureMax, err)
			}
			if !strings.Contains(string(readme), "docs/pictures/"+p.name+".png") {
				t.Error("the README does not show it")
			}
		})
	}
}

// takePicture keeps a picture of a page in a window, or of the first page of its PDF.
func takePicture(t *testing.T, url, window, file string) {
	t.Helper()
	home := t.TempDir()
	commands := [][]string{{"chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--user-data-dir=" + home, "--window-size=" + window, "--screenshot=" + file + ".png", url}}
	if window == "pdf" {
		document := filepath.Join(home, "document.pdf")
		commands = [][]string{{"curl", "-sSfo", document, url + "/pdf"}, {"pdftoppm", "-png", "-r", "80", "-singlefile", document, file}}
	}
	for _, command := range commands {
		if printed, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", command[0], err, printed)
		}
	}
}
