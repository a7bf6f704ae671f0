//go:build !linux

package postgres

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
)

// commandLines returns the arguments of every process. ps does not show where an argument ends, so an argument with a space
// comes in parts; the mark has no space.
func commandLines() (map[int][]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ps", "-axww", "-o", "pid=,command=").Output()
	if err != nil {
		return nil, err
	}
	commands := map[int][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if pid, err := strconv.Atoi(fields[0]); err == nil {
			commands[pid] = fields[1:]
		}
	}
	return commands, nil
}
