// Package indicatortest runs indicator scripts: the rules of counting as text
// that a pilot can review, checked against the real chain. Hits are written as
// the tag sends them and go over HTTP through the collector, as protobuf
// through a Kafka, through the loader into the engine; the aggregator
// computes; what scripts expect is read back as pages and exports read it.
//
// The language is described in cmd/entaudience/testdata/indicators/README.md.
// The package is for tests only and must not be imported by the program. It
// knows every stage, and no rule of counting: all numbers are in the scripts.
package indicatortest
