package spool

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// folderVariable makes the test binary a process that appends for ever.
const folderVariable = "SPOOL_TEST_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(folderVariable); folder != "" {
		appendForever(folder)
	}
	os.Exit(m.Run())
}

// appendForever says each value once it is durable.
func appendForever(folder string) {
	s, err := Open(Config{Folder: folder, MaxBytes: 1 << 30, SegmentBytes: 2 << 10}, time.Now, quiet, prometheus.NewRegistry())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for worker := range 8 {
		go func() {
			for i := 0; ; i++ {
				value := fmt.Sprintf("%d/%d/%d", os.Getpid(), worker, i)
				if err := s.Append([]byte(value)); err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				fmt.Println(value)
			}
		}()
	}
	select {}
}

// Whatever a process said was durable is there after it was killed, once.
func TestKilled(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "spool")
	durable := map[string]bool{}
	for round := range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), folderVariable+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; n < 200+37*round && lines.Scan(); n++ {
			durable[lines.Text()] = true
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it had said before
			durable[lines.Text()] = true
		}
		cmd.Wait() //nolint:errcheck // it was killed
	}
	s := open(t, Config{Folder: folder, MaxBytes: 1 << 30, SegmentBytes: 2 << 10})
	seen := map[string]int{}
	for _, v := range s.drain() {
		seen[v]++
	}
	for v := range durable {
		if seen[v] != 1 {
			t.Errorf("%s is there %d times", v, seen[v])
		}
	}
	if len(durable) < 1000 {
		t.Errorf("only %d values", len(durable))
	}
	// What was written and not yet said, at most one of each worker.
	if extra := len(seen) - len(durable); extra < 0 || extra > 5*8 {
		t.Errorf("%d values that nobody said were durable", extra)
	}
}
