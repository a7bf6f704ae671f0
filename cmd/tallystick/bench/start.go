package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// start measures the time from the command line to the first answered request: on an empty directory, where the cluster is
// made, and on the same one again.
func (b Command) start(ctx context.Context, dir string, report *table) error {
	for _, what := range []string{"first start, empty data directory", "start, data directory in use"} {
		begin := time.Now()
		server, err := bootServer(ctx, dir)
		if err != nil {
			return err
		}
		took := time.Since(begin)
		begin = time.Now()
		server.stop()
		report.figure(what, took.Round(time.Millisecond).String(), fmt.Sprintf("to /readyz; stopped in %v", time.Since(begin).Round(time.Millisecond)))
	}
	return nil
}

// startProcess runs a program until stop is called, which asks it to end and waits for it.
func startProcess(name string, args ...string) (stop func(), err error) {
	command := exec.Command(name, args...)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may be gone already
		_ = command.Wait()
	}, nil
}
