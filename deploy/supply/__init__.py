"""What Earshot depends on: licences and known vulnerabilities."""
