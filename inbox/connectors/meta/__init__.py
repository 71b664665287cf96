"""What Facebook pages and Instagram accounts have in common: Meta's Graph API and its webhooks."""
