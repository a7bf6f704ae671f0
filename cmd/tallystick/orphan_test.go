package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// childVariable makes one test of this binary wait for its end; see TestNothingIsLeft.
const childVariable = "TALLYSTICK_TEST_CHILD"

// TestChild is not a test of its own: it is the test binary that TestNothingIsLeft kills, with a server that it has booted.
func TestChild(t *testing.T) {
	if os.Getenv(childVariable) == "" {
		t.Skip("it is run by TestNothingIsLeft")
	}
	fmt.Println(boot(t, dataDir(t)).dir)
	select {}
}

// kill -9 and Ctrl-C of the tests end the servers that they run, and remove their files.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestChild$")
			child.Env = append(os.Environ(), childVariable+"=1")
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			var dir string
			_, scanErr := fmt.Fscanln(out, &dir)
			if err := child.Process.Signal(signal); err != nil {
				t.Error(err)
			}
			// It was killed, so it has no other result.
			_ = child.Wait()
			if scanErr != nil {
				t.Fatal(scanErr)
			}
			// Below a directory of its own is one for the data.
			dir = filepath.Dir(filepath.Dir(dir))
			gone := poll(func() bool {
				processes, err := exec.Command("ps", "-eo", "args").Output()
				if err != nil {
					t.Fatal(err)
				}
				_, err = os.Stat(dir)
				return os.IsNotExist(err) && !bytes.Contains(processes, []byte(dir))
			})
			if !gone {
				t.Errorf("%s is left", dir)
			}
		})
	}
}
