"""The routing core: contacts, skills, queues, overflow, escalation."""
