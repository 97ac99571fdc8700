// Package simulate generates what the product measures, so that it can be
// shown and tested without anybody's data: a region with the shape of
// Occitanie and invented names, the hits its schools send over any days, in
// the past or now, and the indicators that these hits must give.
//
// Everything follows from a seed: the same region, the same day, the same
// hits. Hits are in the wire format of the tag, so they enter through the
// collector like real ones. The package must not know the collector, the
// queue or the engine; Truth in particular is a second implementation of the
// rules of counting and shares no code with the first.
package simulate
