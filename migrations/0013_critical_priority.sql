ALTER TYPE dispatch_priority ADD VALUE 'critical' AFTER 'high';
