package kafkatest

import (
	"bytes"
	_ "embed" // the logging configuration
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

//go:embed log4j2.properties
var logging []byte

// node is one broker, which is a controller too, and its process.
type node struct {
	id         int
	folder     string
	broker     string // host:port for clients
	controller string // host:port for the other controllers
	quick      bool   // start in half of the time, at the cost of throughput later
	process    *os.Process
	ended      chan struct{} // closed once the process is gone
}

// configure writes the files of a node and formats its storage.
func (n *node) configure(jars, clusterID string, voters []string) error {
	copies := min(len(voters), 3)
	properties := []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", n.id),
		"controller.quorum.voters=" + strings.Join(voters, ","),
		"controller.listener.names=CONTROLLER",
		fmt.Sprintf("listeners=PLAINTEXT://%s,CONTROLLER://%s", n.broker, n.controller),
		"advertised.listeners=PLAINTEXT://" + n.broker,
		"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs=" + filepath.Join(n.folder, "log"),
		"auto.create.topics.enable=false",
		fmt.Sprintf("default.replication.factor=%d", copies),
		fmt.Sprintf("min.insync.replicas=%d", (copies+1)/2),
		"offsets.topic.num.partitions=1",
		fmt.Sprintf("offsets.topic.replication.factor=%d", copies),
		"transaction.state.log.num.partitions=1",
		fmt.Sprintf("transaction.state.log.replication.factor=%d", copies),
		fmt.Sprintf("transaction.state.log.min.isr=%d", (copies+1)/2),
		// A test does not wait for members that will not come, nor nine seconds
		// for the others to notice that a broker is gone.
		"group.initial.rebalance.delay.ms=0",
		"broker.heartbeat.interval.ms=500",
		"broker.session.timeout.ms=3000",
		"log.cleaner.dedupe.buffer.size=4194304",
	}
	files := map[string][]byte{
		"server.properties": []byte(strings.Join(properties, "\n") + "\n"),
		"log4j2.properties": logging,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(n.folder, name), content, 0o644); err != nil {
			return err
		}
	}
	output, err := n.java(jars, true, "kafka.tools.StorageTool", "format", "-t", clusterID, "-c", "server.properties").CombinedOutput()
	if bytes.Contains(output, []byte("UnsupportedClassVersionError")) {
		return errOldJava
	}
	if err != nil {
		return fmt.Errorf("format the storage of broker %d: %w\n%s", n.id, err, output)
	}
	return nil
}

var errOldJava = errors.New("java is older than 17")

func (n *node) java(jars string, quick bool, arguments ...string) *exec.Cmd {
	options := []string{
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Djava.awt.headless=true",
		"-Dlog4j2.configurationFile=log4j2.properties", "-cp", filepath.Join(jars, "*"),
	}
	if quick {
		options = append(options, "-XX:TieredStopAtLevel=1") // no second compiler
	}
	command := exec.Command("java", append(options, arguments...)...)
	command.Dir = n.folder
	return command
}

// start starts the process, which ends with this one even when this one is
// killed: the kernel ties it to the thread that made it, so that thread is kept.
func (n *node) start(jars string) error {
	log, err := os.OpenFile(n.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	command := n.java(jars, n.quick, "kafka.Kafka", "server.properties")
	command.Stdout, command.Stderr = log, log
	endWithParent(command)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer log.Close()
		defer close(ended)
		err := command.Start()
		started <- err
		if err == nil {
			command.Wait() //nolint:errcheck // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start broker %d: %w", n.id, err)
	}
	n.process, n.ended = command.Process, ended
	return nil
}

// kill ends the process as a power cut would, and waits until it is gone.
func (n *node) kill() {
	if n.process == nil {
		return
	}
	n.process.Kill() //nolint:errcheck // it may have ended by itself
	<-n.ended
	n.process = nil
}

func (n *node) logFile() string { return filepath.Join(n.folder, "kafka.log") }

// log is the end of what the broker wrote.
func (n *node) log() string {
	content, err := os.ReadFile(n.logFile())
	if err != nil {
		return err.Error()
	}
	const most = 3 << 10
	return string(content[max(0, len(content)-most):])
}
