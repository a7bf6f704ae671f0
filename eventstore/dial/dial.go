package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// answerTimeout bounds a connection's opening, from its first packet until the server is ready for queries. A
	// connect_timeout in the URL replaces it.
	answerTimeout = 10 * time.Second

	// A peer that acknowledges nothing is given up after lostAfter. Where nothing is sent, probes find out.
	lostAfter     = 20 * time.Second
	probeIdle     = 10 * time.Second
	probeInterval = 5 * time.Second
	probes        = 2
)

// Config reads a database's URL, and adds what every connection has.
func Config(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	Prepare(config)
	return config, nil
}

// Prepare adds what every connection has to settings that were read elsewhere.
func Prepare(config *pgx.ConnConfig) {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = answerTimeout
	}
	config.DialFunc = dialer.DialContext
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "tallystick"
	}
	// The server too must notice that we are gone: it holds our locks.
	for name, value := range map[string]time.Duration{
		"tcp_keepalives_idle": probeIdle / time.Second, "tcp_keepalives_interval": probeInterval / time.Second,
		"tcp_keepalives_count": probes, "tcp_user_timeout": lostAfter / time.Millisecond,
	} {
		config.RuntimeParams[name] = strconv.Itoa(int(value))
	}
}

var dialer = &net.Dialer{
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: probeIdle, Interval: probeInterval, Count: probes},
	Control: func(network, _ string, conn syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var err error
		return errors.Join(conn.Control(func(fd uintptr) { err = giveUpAfter(int(fd), lostAfter) }), err)
	},
}

// Connect opens one connection.
func Connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := Config(url)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, Explain(ctx, config, err)
}

// Explain makes a failure to connect readable: of a host that is silent a driver tells no more than that time has passed.
func Explain(ctx context.Context, config *pgx.ConnConfig, err error) error {
	if err == nil {
		return nil
	}
	if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	does := "accepts connections and does not answer"
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		does = "does not accept connections"
	}
	return fmt.Errorf("connect to the database: %s, port %d, %s (waited %s)", config.Host, config.Port, does, config.ConnectTimeout)
}
