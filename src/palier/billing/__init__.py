"""What is bought and paid: orders, payments, incident credits, invoices and credit notes, the payment provider."""
