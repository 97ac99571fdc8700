package queue

import (
	"context"
	"sync"
)

// partitionCache keeps the partitions of topics: their number changes only
// when an operator adds some, which a restart then sees.
type partitionCache struct {
	mu    sync.Mutex
	known map[string][]int
}

func (c *Cluster) partitionsCached(ctx context.Context, topic string) ([]int, error) {
	c.cache.mu.Lock()
	defer c.cache.mu.Unlock()
	if ids := c.cache.known[topic]; len(ids) > 0 {
		return ids, nil
	}
	ids, err := c.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	if c.cache.known == nil {
		c.cache.known = map[string][]int{}
	}
	c.cache.known[topic] = ids
	return ids, nil
}
