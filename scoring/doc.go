// Package scoring says what a score is: how the answers of one agency to one instrument become points, a total, an
// index and a category, and which level raises would reach the next category.
//
// It is pure: it depends on the standard library only, reads no clock and no file, and uses no floating point. An
// instrument is data: a Definition is checked and compiled once into an Instrument, which is immutable and safe for
// concurrent use. A Sheet holds the answers of one agency and belongs to one goroutine at a time.
//
// Two methods exist. WeightedSum (Peraturan KASN 9/2019): the total is the sum of level x item weight. WeightedMean
// (worksheet of 2026 under Peraturan Menteri PANRB 19/2025): the maturity of an aspect is the mean level of its
// applicable items; a total exists only once every aspect has a weight and the instrument has categories.
//
// Arithmetic is in whole thousandths of a point (Points). Whatever must be rounded is rounded once, at the end, half up.
package scoring
